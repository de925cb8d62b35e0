"""What the exit codes mean."""

WRONG_INPUT = 2
IN_DOUBT = 7
INTERRUPTED = 130

HELP = """\b
Exit codes:
  0  done                      5  the task failed
  2  wrong input               6  the task still runs; its id is printed
  3  key missing or wrong      7  in doubt: the task may exist and be billed
  4  credits or budget short   8  network or server
                             130  interrupted; the task's id is printed if there is one"""

CONTRACT_HELP = """\b
Exit codes, the first that fits of:
  7  the answer to the paid createTask was lost: the task may exist and be billed
  3  key missing or wrong
  9  drift: the service does not do what the document says
  4  credits are short, or the price is more than the budget; nothing was paid
  5  the paid task failed              6  the paid task still runs
  8  network or server: some checks could not be made
  2  wrong input                     130  interrupted; what was recorded is saved
  0  all held"""
