"""Strength, feeling, gait or control that is lost or going."""

from service.clinical.rule import Is, RedFlag
from service.clinical.terms import CAUDA, DEFICIT, DISC, INFECTION, NEUROPATHY, NEW, PAIN, TUMOUR
from service.clinical.vocabulary import Urgency

FLAGS: tuple[RedFlag, ...] = (
    RedFlag(
        id="foot_drop",
        level=Urgency.URGENT,
        title="A foot that cannot be lifted",
        when=(("foot_drop",),),
        suspects=(DISC,),
        guidelines=("nhs_lothian_spine",),
    ),
    RedFlag(
        id="new_leg_weakness",
        # With or without pain: the painless one is the graver.
        level=Urgency.URGENT,
        title="A weak leg, new or getting worse",
        when=(("leg_weakness",), (*NEW, Is("trend", "worsening"))),
        suspects=(DISC, CAUDA),
        guidelines=("nhs_acute_back_pain",),
    ),
    RedFlag(
        id="spreading_leg_numbness_with_pain",
        level=Urgency.URGENT,
        title="Back, buttock or leg pain with leg numbness that spreads, new or getting worse",
        when=(
            PAIN,
            ("leg_numbness",),
            ("spreading_numbness",),
            (*NEW, Is("trend", "worsening")),
        ),
        suspects=(DISC, CAUDA),
        guidelines=("nhs_acute_back_pain",),
    ),
    RedFlag(
        id="new_bilateral_leg_symptoms_with_pain",
        level=Urgency.URGENT,
        title="Symptoms in both legs, new or getting worse, with pain, numbness or weakness",
        when=(
            ("back_pain", "leg_pain", "leg_numbness", "leg_weakness"),
            ("bilateral_leg_symptoms",),
            (*NEW, Is("trend", "worsening")),
        ),
        suspects=(CAUDA,),
        guidelines=("nhs_lothian_spine", "uk_ces_2023"),
    ),
    RedFlag(
        id="bowel_change_with_pain_and_deficit",
        # Bowels that do not move are common with back pain and its medicines: never alone.
        level=Urgency.URGENT,
        title="Back, buttock or leg pain with bowels that cannot be moved and a weak or numb leg",
        when=(PAIN, ("bowel_retention",), ("leg_weakness", "leg_numbness")),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="unsteady_gait_with_pain_or_deficit",
        level=Urgency.URGENT,
        title="An unsteady gait with back pain or with weakness or lost feeling of legs or trunk",
        when=(
            ("unsteady_gait",),
            (
                *DEFICIT,
                "back_pain",
                "band_like_trunk_pain",
                "bilateral_leg_symptoms",
                "foot_numbness",
            ),
        ),
        suspects=(TUMOUR,),
        guidelines=("nice_back_pain",),
    ),
    RedFlag(
        id="difficulty_walking_with_cord_sign",
        level=Urgency.URGENT,
        title="Difficulty walking with brisk reflexes, lost sense of position, or a band of"
        " pain or numbness round the trunk",
        when=(
            ("difficulty_walking",),
            (
                "increased_reflexes",
                "loss_of_vibration_or_position_sense",
                "band_like_trunk_pain",
                "trunk_numbness",
            ),
        ),
        suspects=(TUMOUR,),
        guidelines=("nice_mscc_2023", "ifompt_2020"),
    ),
    RedFlag(
        id="numb_buttock_with_both_legs_or_weakness",
        level=Urgency.URGENT,
        title="A numb buttock with symptoms in both legs or a weak leg",
        when=(("buttock_numbness",), ("bilateral_leg_symptoms", "leg_weakness")),
        suspects=(CAUDA,),
        guidelines=("nice_back_pain",),
    ),
    RedFlag(
        id="ascending_numbness_that_moves_on",
        level=Urgency.URGENT,
        title="Numbness that climbs from the feet and is new, gets worse, or comes with"
        " weakness, trouble standing or walking, the arms, or after an infection",
        when=(
            ("ascending_numbness",),
            (
                *NEW,
                Is("trend", "worsening"),
                "leg_weakness",
                "reduced_reflexes",
                "difficulty_standing",
                "difficulty_walking",
                "arm_weakness_or_numbness",
                "recent_infection",
            ),
        ),
        suspects=(NEUROPATHY,),
        guidelines=("nice_ng127_2019",),
    ),
    RedFlag(
        id="cord_sign_with_back_pain",
        level=Urgency.URGENT,
        title="Back or neck pain or numb legs with brisk reflexes, a numb trunk or lost sense"
        " of position",
        when=(
            ("back_pain", "neck_pain", "leg_numbness", "bilateral_leg_symptoms"),
            ("increased_reflexes", "trunk_numbness", "loss_of_vibration_or_position_sense"),
        ),
        suspects=(TUMOUR,),
        guidelines=("nice_mscc_2023", "ifompt_2020"),
    ),
    RedFlag(
        id="facial_weakness",
        level=Urgency.URGENT,
        title="A weak or drooping face",
        when=(("facial_weakness",),),
        suspects=(NEUROPATHY,),
        guidelines=("nice_ng127_2019",),
    ),
    RedFlag(
        id="deficit_after_spinal_procedure",
        level=Urgency.URGENT,
        title="Weakness or lost feeling of leg, buttock or trunk after a procedure on the spine",
        when=(
            ("recent_spinal_procedure",),
            (*DEFICIT, "buttock_numbness", "thigh_numbness", "foot_numbness"),
        ),
        suspects=(INFECTION, CAUDA),
        guidelines=("ifompt_2020",),
    ),
    RedFlag(
        id="new_buttock_numbness_with_pain",
        level=Urgency.URGENT,
        title="Back pain or pain down a leg with a numb buttock, new or getting worse",
        when=(
            ("buttock_numbness",),
            ("back_pain", "pain_radiating_down_leg"),
            (*NEW, Is("trend", "worsening")),
        ),
        suspects=(CAUDA, DISC),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="new_sciatica_on_both_sides",
        level=Urgency.URGENT,
        title="Pain down the legs on both sides, new or getting worse",
        when=(
            ("pain_radiating_down_leg",),
            (Is("side", "both"), Is("side", "both_one_worse")),
            (*NEW, Is("trend", "worsening")),
        ),
        suspects=(CAUDA,),
        guidelines=("nhs_lothian_spine",),
    ),
    RedFlag(
        id="leg_numbness_with_cancer_history",
        level=Urgency.URGENT,
        title="A numb leg in someone who has had cancer",
        when=(("cancer_history",), ("leg_numbness",)),
        suspects=(TUMOUR,),
        guidelines=("nice_mscc_2023",),
    ),
    RedFlag(
        id="leg_and_face_or_arm",
        level=Urgency.URGENT,
        title="Legs that are weak or walk badly, with a weak face or a weak or numb arm",
        when=(
            ("leg_weakness", "difficulty_walking"),
            ("facial_weakness", "arm_weakness_or_numbness"),
        ),
        suspects=(NEUROPATHY,),
        guidelines=("nice_ng127_2019",),
    ),
)
