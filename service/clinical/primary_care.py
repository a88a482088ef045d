"""The red flags of the level primary_care: see a doctor within days."""

from service.clinical.rule import Above, Below, Is, RedFlag
from service.clinical.terms import ARTERIES, DISC, INJURY, TUMOUR
from service.clinical.vocabulary import Urgency

FLAGS: tuple[RedFlag, ...] = (
    RedFlag(
        id="weight_loss_with_back_pain",
        # The same sign at any age, or where the age is not known.
        level=Urgency.PRIMARY_CARE,
        title="Back pain with unexplained weight loss",
        when=(("back_pain",), ("unexplained_weight_loss",)),
        suspects=(TUMOUR,),
        facts=("001-34",),
    ),
    RedFlag(
        id="leg_deficit_with_buttock_pain",
        level=Urgency.PRIMARY_CARE,
        title="Buttock pain with numbness or weakness that travels down the leg",
        when=(("buttock_pain",), ("spreading_numbness", "leg_numbness", "leg_weakness")),
        suspects=(DISC,),
        facts=("004-14",),
    ),
    RedFlag(
        id="buttock_pain_after_injury",
        level=Urgency.PRIMARY_CARE,
        title="Buttock pain after a significant injury",
        when=(("buttock_pain",), ("recent_trauma",)),
        suspects=(INJURY,),
        facts=("004-17",),
    ),
    RedFlag(
        id="persistent_or_worsening_buttock_numbness",
        level=Urgency.PRIMARY_CARE,
        title="Buttock numbness that stays or gets worse",
        when=(("buttock_numbness",), (Is("course", "persistent"), Is("trend", "worsening"))),
        suspects=(),
        facts=("000-57", "000-58"),
    ),
    RedFlag(
        id="spreading_or_electric_buttock_numbness",
        level=Urgency.PRIMARY_CARE,
        title="Buttock numbness that spreads, or comes with an electric or burning feeling",
        when=(
            ("buttock_numbness",),
            ("spreading_numbness", "shock_like_pain", "burning_sensation"),
        ),
        suspects=(),
        facts=("000-59", "000-60"),
    ),
    RedFlag(
        id="buttock_pain_that_disables",
        level=Urgency.PRIMARY_CARE,
        title="Buttock pain that gets in the way of sitting, walking or sleep, or makes one limp",
        when=(("buttock_pain",), ("worse_sitting", "difficulty_walking", "night_pain", "limping")),
        suspects=(),
        facts=("003-04", "003-06", "003-07", "003-26"),
    ),
    RedFlag(
        id="buttock_pain_that_stays",
        level=Urgency.PRIMARY_CARE,
        title="Buttock pain that stays, comes back, or is no better or worse with home care",
        when=(
            ("buttock_pain",),
            (
                Is("course", "persistent"),
                Is("course", "intermittent"),
                Is("trend", "worsening"),
                Is("trend", "stable"),
            ),
        ),
        suspects=(),
        facts=("003-05", "003-11", "003-12", "003-25", "004-13", "004-42"),
    ),
    RedFlag(
        id="buttock_pain_with_cardiovascular_disease",
        level=Urgency.PRIMARY_CARE,
        title="Buttock pain in someone with disease of heart or arteries",
        when=(("buttock_pain",), ("cardiovascular_disease",)),
        suspects=(),
        facts=("003-08",),
    ),
    RedFlag(
        id="severe_buttock_pain",
        level=Urgency.PRIMARY_CARE,
        title="Severe pain in a buttock",
        when=(("severe_buttock_pain",),),
        suspects=(),
        facts=("004-43",),
    ),
    RedFlag(
        id="deficit_with_pain",
        level=Urgency.PRIMARY_CARE,
        title="Back or leg pain with a weak or numb leg, symptoms in both legs or abnormal signs",
        when=(
            ("back_pain", "leg_pain"),
            (
                "leg_weakness",
                "leg_numbness",
                "bilateral_leg_symptoms",
                "abnormal_neurological_exam",
            ),
        ),
        suspects=(DISC,),
        guidelines=("nice_back_pain",),
    ),
    RedFlag(
        id="deficit",
        level=Urgency.PRIMARY_CARE,
        title="A weak leg, a numb trunk, an area without any feeling, or numbness that climbs",
        when=(("leg_weakness", "trunk_numbness", "complete_sensory_loss", "ascending_numbness"),),
        suspects=(),
        guidelines=("nice_back_pain",),
    ),
    RedFlag(
        id="cold_leg",
        level=Urgency.PRIMARY_CARE,
        title="A cold or pale leg or foot",
        when=(("leg_coldness_or_pallor",),),
        suspects=(ARTERIES,),
        guidelines=("nhs_highland_vascular",),
    ),
    RedFlag(
        id="back_pain_that_stays",
        level=Urgency.PRIMARY_CARE,
        title="Back pain for more than six weeks",
        when=(("back_pain",), (Above("duration_days", 42),)),
        suspects=(),
        guidelines=("nice_back_pain",),
    ),
    RedFlag(
        id="back_pain_under_20",
        level=Urgency.PRIMARY_CARE,
        title="Back pain under the age of 20",
        when=(("back_pain",), (Below("age_years", 20),)),
        suspects=(),
        guidelines=("nice_back_pain",),
    ),
    RedFlag(
        id="single_warning_with_back_pain",
        level=Urgency.PRIMARY_CARE,
        title="Back pain that does not let go at rest or at night, in the upper back, with a"
        " tender spine, thin bones, weak immunity, or an infection, injected drugs or a"
        " procedure before",
        when=(
            ("back_pain",),
            (
                "night_pain",
                "unrelieved_by_lying",
                "upper_back_pain",
                "spinal_tenderness",
                "osteoporosis_or_steroids",
                "recent_infection",
                "immunosuppression",
                "injection_drug_use",
                "recent_spinal_procedure",
            ),
        ),
        suspects=(),
        guidelines=("nice_back_pain", "acr_2021"),
    ),
    RedFlag(
        id="inflammatory_back_pain",
        level=Urgency.PRIMARY_CARE,
        title="Back pain for more than a month with stiffness in the morning",
        when=(("back_pain",), ("morning_stiffness",), (Above("duration_days", 30),)),
        suspects=(),
        guidelines=("acp_back_pain_2007",),
    ),
    RedFlag(
        id="leg_pain_with_weak_pulses",
        level=Urgency.PRIMARY_CARE,
        title="Leg or buttock pain with weak leg pulses",
        when=(("leg_pain", "buttock_pain"), ("weak_leg_pulses",)),
        suspects=(ARTERIES,),
        guidelines=("nhs_highland_vascular",),
    ),
)
