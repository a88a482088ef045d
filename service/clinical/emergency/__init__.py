"""The red flags of the level emergency: help now."""

from service.clinical.emergency import cauda_equina, cause, documented
from service.clinical.rule import RedFlag

FLAGS: tuple[RedFlag, ...] = (
    *documented.FLAGS,
    *cauda_equina.FLAGS,
    *cause.FLAGS,
)
