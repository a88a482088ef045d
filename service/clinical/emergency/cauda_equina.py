"""Emergencies by which guidelines know a pressed cauda equina."""

from service.clinical.rule import Above, Is, RedFlag
from service.clinical.terms import CAUDA, CAUDA_SIGNS, DEFICIT, INJURY, NEW
from service.clinical.vocabulary import Urgency

FLAGS: tuple[RedFlag, ...] = (
    RedFlag(
        id="bilateral_leg_symptoms_with_bladder_or_bowel_change",
        level=Urgency.EMERGENCY,
        title="Symptoms in both legs with a new change of bladder, bowel or sexual function",
        when=(
            ("bilateral_leg_symptoms",),
            ("new_urinary_symptoms", "bowel_retention", "sexual_dysfunction"),
        ),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="leg_paralysis",
        level=Urgency.EMERGENCY,
        title="A leg that cannot be moved",
        when=(("leg_paralysis",),),
        suspects=(CAUDA, INJURY),
        guidelines=("nice_back_pain", "acp_severe_deficit_2007"),
    ),
    RedFlag(
        id="reduced_anal_tone_with_deficit",
        # Alone it is urgent: see there.
        level=Urgency.EMERGENCY,
        title="A weak anal sphincter or numb skin around the anus on examination, with pain"
        " down a leg or a change of leg, bladder, bowel or sexual function",
        when=(("reduced_anal_tone",), CAUDA_SIGNS),
        suspects=(CAUDA,),
        guidelines=("acr_2021", "nhs_lothian_spine"),
    ),
    RedFlag(
        id="post_void_residual_with_deficit",
        # With pain alone it is urgent: see there.
        level=Urgency.EMERGENCY,
        title="200 ml or more left in the bladder, with pain down a leg or a change of leg,"
        " bladder, bowel or sexual function",
        when=((Above("post_void_residual_ml", 199),), CAUDA_SIGNS),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="bladder_or_sexual_change_with_deficit",
        # The pathway asks for pain too; without it the same signs are no better.
        level=Urgency.EMERGENCY,
        title="A new change of bladder or sexual function with a weak or numb leg, or a numb"
        " buttock or trunk",
        when=(("new_urinary_symptoms", "sexual_dysfunction"), (*DEFICIT, "buttock_numbness")),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023", "nice_back_pain"),
    ),
    RedFlag(
        id="sexual_dysfunction_with_bladder_or_bowel_change",
        level=Urgency.EMERGENCY,
        title="A new loss of sexual function or genital feeling with a change of bladder or bowel",
        when=(("sexual_dysfunction",), ("new_urinary_symptoms", "bowel_retention")),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="bladder_and_bowel_change",
        level=Urgency.EMERGENCY,
        title="A new change in passing urine with bowels that cannot be moved",
        when=(("new_urinary_symptoms",), ("bowel_retention",)),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="new_sexual_dysfunction_with_sciatica",
        level=Urgency.EMERGENCY,
        title="Pain down a leg with a loss of sexual function or genital feeling, all of it new",
        when=(("pain_radiating_down_leg",), ("sexual_dysfunction",), NEW),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="sudden_bilateral_sciatica",
        level=Urgency.EMERGENCY,
        title="Pain that suddenly shot down both legs",
        when=(
            ("pain_radiating_down_leg",),
            ("bilateral_leg_symptoms", Is("side", "both"), Is("side", "both_one_worse")),
            (Is("onset", "sudden"),),
        ),
        suspects=(CAUDA,),
        guidelines=("nhs_lothian_spine",),
    ),
    RedFlag(
        id="new_bilateral_leg_symptoms_with_lost_strength",
        level=Urgency.EMERGENCY,
        title="Back or leg pain with new symptoms in both legs that make standing or walking hard",
        when=(
            ("back_pain", "leg_pain"),
            ("bilateral_leg_symptoms",),
            NEW,
            ("leg_weakness", "difficulty_walking", "difficulty_standing"),
        ),
        suspects=(CAUDA,),
        guidelines=("nhs_lothian_spine", "uk_ces_2023"),
    ),
)
