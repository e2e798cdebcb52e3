# Every public name and where it lives, one a line: Python loads each when it is first asked for.

from . import accelerated as accelerated
from . import certificates as certificates
from . import errors as errors
from . import flows as flows
from . import inits as inits
from . import limits as limits
from . import networks as networks
from . import papers as papers
from . import penalties as penalties
from . import potentials as potentials
from . import report as report
from . import studies as studies
from . import systems as systems
from .analysis.calibrate import calibrate as calibrate
from .analysis.design import design as design
from .analysis.explain import explain as explain
from .analysis.learn import learn as learn
from .analysis.leave_one_out import leave_one_out as leave_one_out
from .analysis.sensitivity import sensitivity as sensitivity
from .certificates import Certificate as Certificate
from .certificates import certify as certify
from .certificates import convergence_rate as convergence_rate
from .errors import InconsistentSystemError as InconsistentSystemError
from .errors import InvalidInputError as InvalidInputError
from .errors import NoExactDesign as NoExactDesign
from .errors import NoExactLimit as NoExactLimit
from .errors import NoScaleError as NoScaleError
from .errors import RidgelessError as RidgelessError
from .potentials import Bias as Bias
from .solution import History as History
from .solution import Solution as Solution
from .solution import Status as Status
from .solution import load as load
from .studies import study as study
from .systems import LinearSystem as LinearSystem
from .verbs.continue_from import continue_from as continue_from
from .verbs.lazy_limit import lazy_limit as lazy_limit
from .verbs.limit import limit as limit
from .verbs.limit_path import limit_path as limit_path
from .verbs.record import record as record
from .verbs.solve import solve as solve
from .verbs.train import train as train
from .verbs.train import train_batch as train_batch

__version__: str
