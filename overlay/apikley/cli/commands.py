"""What may be typed after `apikley`."""

import click

from apikley.cli.helping import Homes
from apikley.cli.welcome import EXAMPLES, HOMES, MOST_COLUMNS, text


@click.group(
    cls=Homes,
    homes=HOMES,
    layout=text,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": MOST_COLUMNS},
    examples=EXAMPLES,
)
@click.version_option(package_name="apikley", message="%(version)s")
def apikley() -> None:
    """Edit pictures by a sentence."""
