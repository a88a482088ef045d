"""The red flags of the level urgent: seen within 24 hours."""

from service.clinical.rule import RedFlag
from service.clinical.urgent import cauda_equina, cause, deficit, documented

FLAGS: tuple[RedFlag, ...] = (
    *cauda_equina.FLAGS,
    *documented.FLAGS,
    *deficit.FLAGS,
    *cause.FLAGS,
)
