"""Applications that receive callbacks, for a server of either kind.

    app = asgi_receiver(handler, key="…")    # uvicorn module:app
    app = wsgi_receiver(handler, key="…")    # gunicorn module:app

The handler is given each `Callback` once, and the service its answer after that: 200, or 500 if the handler raised,
so that it sends the callback again. The service waits 15 seconds: what takes longer belongs elsewhere.
"""

from apikley.receiving.asgi import asgi_receiver
from apikley.receiving.wsgi import wsgi_receiver

__all__ = ["asgi_receiver", "wsgi_receiver"]
