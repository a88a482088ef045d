"""What a running service holds: the vocabulary, the catalogue, and a model or why there is none."""

import logging
from dataclasses import dataclass

from service import assessment, opinion, questions
from service.clinical import catalogue, red_flags, table
from service.clinical.case import read as read_case
from service.clinical.vocabulary import Urgency, Vocabulary, vocabulary
from service.manifest import Manifest, ModelRefused
from service.settings import Settings

_log = logging.getLogger(__name__)

GOLDEN_EMERGENCY = ("saddle_numbness", "urinary_retention")
"""Cauda equina syndrome as every source describes it: `/healthz` screens it."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """The parts from which every answer is made; without a model, `refusal` says why."""

    vocabulary: Vocabulary
    catalogue: catalogue.Catalogue
    model: questions.Model | None
    manifest: Manifest | None
    refusal: str

    def screens_golden_emergency(self) -> bool:
        """Tell whether the rules alone answer the golden emergency with emergency."""
        case = read_case(GOLDEN_EMERGENCY, (), {}, self.vocabulary)
        answers = assessment.assess([case], opinion.TRIAGE_SETTING, None, {})
        return answers[0].triage.level is Urgency.EMERGENCY


def start(settings: Settings) -> Runtime:
    """Read the tables and load the model.

    Raises TableError for a fault in the vocabulary or the red flags; any other fault is kept as
    the refusal, and the service answers from the red flags alone.
    """
    words = vocabulary()
    red_flags.check(words)
    texts = catalogue.Catalogue({}, {}, ())
    try:
        texts = catalogue.read(words)
        # Imported here, behind the guard, so that a broken NumPy or scikit-learn costs the model
        # and nothing else.
        from service.artefact import load  # noqa: PLC0415
        from service.features import Encoding  # noqa: PLC0415

        model = load(
            settings.models, Encoding(words), tuple(texts.conditions), settings.model_sha256
        )
    except (ModelRefused, table.TableError) as error:
        refusal = str(error)
    except Exception as error:
        refusal = f"The model could not be loaded: {type(error).__name__}."
        _log.exception("the model could not be loaded")
    else:
        version, sha256 = model.manifest.model["version"], model.manifest.sha256
        _log.info("serving model version %s, sha256 %s", version, sha256[:12])
        return Runtime(words, texts, model, model.manifest, "")
    _log.error("degraded: %s", refusal)
    return Runtime(words, texts, None, None, refusal)
