"""The compiled core: one submodule per core folder."""

from . import algo as algo
from . import book as book
from . import cost as cost
from . import desk as desk
from . import feed as feed
from . import kelly as kelly
from . import matching as matching
from . import risk as risk
from . import rules as rules
from . import schedule as schedule
from . import sim as sim
from . import stats as stats
from . import venue as venue

class ConcurrentUseError(RuntimeError): ...
