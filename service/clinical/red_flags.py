"""The red flags: the hard-coded rules that overrule the model.

They are Python, not data, so that no file that is swapped or damaged can change them. Each names
the documented facts that demand it (the part before the dash is the source in sources.csv) or the
guidelines.
A level stands above the lowest that its facts allow only where a comment says why. A fact that
another rule already answers at the same level is named there: `urinary_retention` alone is an
emergency, so "urinary retention with a numb buttock" needs no rule of its own.
"""

from service.clinical import table
from service.clinical.case import Case
from service.clinical.rule import Above, Below, Is, RedFlag, faults
from service.clinical.vocabulary import Urgency, Vocabulary

VERSION = "1"
"""Changes with every change of the table below; stands in every answer."""

EMERGENCY, URGENT, PRIMARY_CARE = Urgency.EMERGENCY, Urgency.URGENT, Urgency.PRIMARY_CARE
CAUDA, INJURY = "cauda_equina_syndrome", "spinal_injury"
TUMOUR, INFECTION = "spinal_malignancy", "spinal_infection"
DISC = "lumbar_disc_herniation"

RED_FLAGS: tuple[RedFlag, ...] = (
    # Emergency: help now.
    RedFlag(
        id="urinary_retention",
        level=EMERGENCY,
        title="Unable to pass urine",
        when=(("urinary_retention",),),
        suspects=(CAUDA, INJURY),
        facts=("001-01", "000-64", "002-13", "004-16"),
    ),
    RedFlag(
        id="urinary_incontinence",
        level=EMERGENCY,
        title="Unable to control the bladder",
        when=(("urinary_incontinence",),),
        suspects=(CAUDA, INJURY),
        facts=("004-16", "000-66", "002-13"),
    ),
    RedFlag(
        id="fecal_incontinence",
        level=EMERGENCY,
        title="Unable to control the bowels",
        when=(("fecal_incontinence",),),
        suspects=(CAUDA, INJURY),
        facts=("001-02", "004-16", "000-67", "000-69", "002-13"),
    ),
    RedFlag(
        id="saddle_numbness",
        level=EMERGENCY,
        title="Lost feeling where a saddle would touch",
        when=(("saddle_numbness",),),
        suspects=(CAUDA, INJURY),
        facts=("001-03", "002-12", "000-68"),
    ),
    RedFlag(
        id="bilateral_leg_weakness",
        level=EMERGENCY,
        title="Weakness of both legs",
        when=(("bilateral_leg_weakness",),),
        suspects=(CAUDA, INJURY),
        facts=("001-04", "002-10"),
    ),
    RedFlag(
        id="progressive_neurological_deficit",
        level=EMERGENCY,
        title="Weakness, lost feeling or lost control that is getting worse",
        when=(("progressive_neurological_deficit",),),
        suspects=(CAUDA,),
        facts=("001-05",),
    ),
    RedFlag(
        id="sudden_weakness",
        level=EMERGENCY,
        title="Weakness of any part that came on suddenly",
        when=(("sudden_weakness",),),
        suspects=(CAUDA,),
        facts=("004-15",),
    ),
    RedFlag(
        id="new_urinary_symptoms_with_pain",
        level=EMERGENCY,
        # The fact names the low back; pain anywhere in it counts, for few people place it well.
        title="Back or buttock pain with any new change in passing urine",
        when=(("back_pain", "buttock_pain"), ("new_urinary_symptoms",)),
        suspects=(CAUDA,),
        facts=("001-30",),
    ),
    RedFlag(
        id="bladder_or_bowel_change_with_buttock_numbness",
        level=EMERGENCY,
        title="A numb buttock with a bladder or bowel that does not work as before",
        when=(("buttock_numbness",), ("new_urinary_symptoms", "bowel_retention")),
        suspects=(CAUDA, INJURY),
        facts=("000-69", "000-65"),
    ),
    RedFlag(
        id="sudden_leg_and_bowel_change",
        level=EMERGENCY,
        title="Legs that suddenly feel or move less, with bowels that cannot be moved",
        when=(
            (Is("onset", "sudden"),),
            ("leg_weakness", "leg_numbness", "thigh_numbness", "bilateral_leg_symptoms"),
            ("bowel_retention",),
        ),
        suspects=(CAUDA,),
        facts=("002-13",),
    ),
    RedFlag(
        id="sudden_buttock_numbness",
        level=EMERGENCY,
        title="Buttock numbness that came on suddenly",
        when=(("buttock_numbness",), (Is("onset", "sudden"),)),
        suspects=(CAUDA, INJURY),
        facts=("000-05",),
    ),
    RedFlag(
        id="difficulty_walking_with_buttock_numbness",
        level=EMERGENCY,
        title="A numb buttock with difficulty walking",
        when=(("buttock_numbness",), ("difficulty_walking",)),
        suspects=(CAUDA, INJURY),
        facts=("000-61",),
    ),
    RedFlag(
        id="leg_paralysis_with_buttock_numbness",
        level=EMERGENCY,
        title="A numb buttock with a hip or leg that cannot be moved",
        when=(("buttock_numbness",), ("leg_paralysis",)),
        suspects=(CAUDA, INJURY),
        facts=("000-62",),
    ),
    RedFlag(
        id="severe_back_pain_with_buttock_numbness",
        level=EMERGENCY,
        title="A numb buttock with severe back pain",
        when=(("buttock_numbness",), ("severe_back_pain",)),
        suspects=(CAUDA, INJURY),
        facts=("000-63",),
    ),
    RedFlag(
        id="sudden_severe_back_pain_with_foot_drop",
        level=EMERGENCY,
        title="Sudden severe back pain with a foot that cannot be lifted",
        when=(("severe_back_pain",), (Is("onset", "sudden"),), ("foot_drop",)),
        suspects=(CAUDA, INJURY),
        facts=("002-11",),
    ),
    RedFlag(
        id="bilateral_leg_symptoms_with_bladder_or_bowel_change",
        level=EMERGENCY,
        title="Symptoms in both legs with a new change of bladder, bowel or sexual function",
        when=(
            ("bilateral_leg_symptoms",),
            ("new_urinary_symptoms", "bowel_retention", "sexual_dysfunction"),
        ),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    # Urgent: seen within 24 hours.
    RedFlag(
        id="reduced_anal_tone",
        # Urgent, though the guideline sends it at once: an examination finding at the level of
        # emergency would keep everyone who was not examined from self_care.
        level=URGENT,
        title="Weak anal sphincter or numb skin around the anus on examination",
        when=(("reduced_anal_tone",),),
        suspects=(CAUDA,),
        guidelines=("acr_2021",),
    ),
    RedFlag(
        id="post_void_residual_with_pain",
        # The pathway says 200 ml or more; the attribute is stated in whole millilitres. Urgent for
        # the same reason as the anal tone.
        level=URGENT,
        title="Back, buttock or leg pain with 200 ml or more left in the bladder",
        when=(("back_pain", "buttock_pain", "leg_pain"), (Above("post_void_residual_ml", 199),)),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="sexual_dysfunction_with_pain",
        # The pathway sends lost genital feeling to hospital at once; the finding also holds
        # trouble with sex that has many other causes, so it is urgent alone.
        level=URGENT,
        title="Back or leg pain with a new loss of sexual function or genital feeling",
        when=(("back_pain", "leg_pain"), ("sexual_dysfunction",)),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="leg_paralysis",
        # A recalled guideline never stands alone at the level of emergency.
        level=URGENT,
        title="A leg that cannot be moved",
        when=(("leg_paralysis",),),
        suspects=(CAUDA, INJURY),
        guidelines=("acp_severe_deficit_2007",),
    ),
    RedFlag(
        id="child_with_buttock_pain",
        level=URGENT,
        title="Buttock pain in someone under 18",
        when=(("buttock_pain",), (Below("age_years", 18),)),
        suspects=(INFECTION,),
        facts=("003-09",),
    ),
    RedFlag(
        id="fever_with_buttock_pain",
        level=URGENT,
        title="Buttock pain with fever",
        when=(("buttock_pain",), ("fever",)),
        suspects=(INFECTION, TUMOUR),
        facts=("004-18",),
    ),
    RedFlag(
        id="weight_loss_with_buttock_pain",
        level=URGENT,
        title="Buttock pain with unexplained weight loss",
        when=(("buttock_pain",), ("unexplained_weight_loss",)),
        suspects=(INFECTION, TUMOUR),
        facts=("004-19", "001-34"),
    ),
    RedFlag(
        id="weight_loss_with_back_pain_over_50",
        # 001-34 allows primary_care; urgent, as 004-19 demands of the same sign with buttock pain.
        level=URGENT,
        title="Back pain with unexplained weight loss over the age of 50",
        when=(("back_pain",), ("unexplained_weight_loss",), (Above("age_years", 50),)),
        suspects=(TUMOUR,),
        facts=("001-34",),
    ),
    RedFlag(
        id="cancer_history_with_pain",
        # 001-33 allows primary_care; urgent, since cancer is found in 7 % of such patients in
        # primary care and 33 % in emergency departments (downie_2013).
        level=URGENT,
        title="Back or buttock pain in someone who has had cancer",
        when=(("back_pain", "buttock_pain"), ("cancer_history",)),
        suspects=(TUMOUR,),
        facts=("001-33",),
    ),
    RedFlag(
        id="swelling_and_redness_with_buttock_pain",
        level=URGENT,
        title="Buttock pain with swelling and redness at the place",
        when=(("buttock_pain",), ("local_swelling",), ("local_redness",)),
        suspects=(INFECTION, TUMOUR),
        facts=("004-20",),
    ),
    # Primary care: see a doctor within days.
    RedFlag(
        id="weight_loss_with_back_pain",
        # The same sign at any age, or where the age is not known.
        level=PRIMARY_CARE,
        title="Back pain with unexplained weight loss",
        when=(("back_pain",), ("unexplained_weight_loss",)),
        suspects=(TUMOUR,),
        facts=("001-34",),
    ),
    RedFlag(
        id="leg_deficit_with_buttock_pain",
        level=PRIMARY_CARE,
        title="Buttock pain with numbness or weakness that travels down the leg",
        when=(("buttock_pain",), ("spreading_numbness", "leg_numbness", "leg_weakness")),
        suspects=(DISC,),
        facts=("004-14",),
    ),
    RedFlag(
        id="buttock_pain_after_injury",
        level=PRIMARY_CARE,
        title="Buttock pain after a significant injury",
        when=(("buttock_pain",), ("recent_trauma",)),
        suspects=(INJURY,),
        facts=("004-17",),
    ),
    RedFlag(
        id="persistent_or_worsening_buttock_numbness",
        level=PRIMARY_CARE,
        title="Buttock numbness that stays or gets worse",
        when=(("buttock_numbness",), (Is("course", "persistent"), Is("trend", "worsening"))),
        suspects=(),
        facts=("000-57", "000-58"),
    ),
    RedFlag(
        id="spreading_or_electric_buttock_numbness",
        level=PRIMARY_CARE,
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
        level=PRIMARY_CARE,
        title="Buttock pain that gets in the way of sitting, walking or sleep, or makes one limp",
        when=(("buttock_pain",), ("worse_sitting", "difficulty_walking", "night_pain", "limping")),
        suspects=(),
        facts=("003-04", "003-06", "003-07", "003-26"),
    ),
    RedFlag(
        id="buttock_pain_that_stays",
        level=PRIMARY_CARE,
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
        level=PRIMARY_CARE,
        title="Buttock pain in someone with disease of heart or arteries",
        when=(("buttock_pain",), ("cardiovascular_disease",)),
        suspects=(),
        facts=("003-08",),
    ),
    RedFlag(
        id="severe_buttock_pain",
        level=PRIMARY_CARE,
        title="Severe pain in a buttock",
        when=(("severe_buttock_pain",),),
        suspects=(),
        facts=("004-43",),
    ),
)


def raised(case: Case) -> tuple[RedFlag, ...]:
    """Return the flags that the case raises, the most urgent first."""
    flags = [flag for flag in RED_FLAGS if flag.is_raised(case)]
    return tuple(sorted(flags, key=lambda flag: -flag.level))


def unscreened(case: Case) -> tuple[tuple[RedFlag, tuple[str, ...]], ...]:
    """Return each flag that is not raised but could still be, with the unknown ids to ask for."""
    open_ = ((flag, flag.ask(case)) for flag in RED_FLAGS)
    return tuple((flag, ask) for flag, ask in open_ if ask)


def check(vocabulary: Vocabulary) -> None:
    """Raise TableError with every fault of the table of rules."""
    found = [fault for flag in RED_FLAGS for fault in faults(flag, vocabulary)]
    ids = [flag.id for flag in RED_FLAGS]
    found += [f"red flag {id!r} stands twice" for id in sorted(set(ids)) if ids.count(id) > 1]
    if found:
        raise table.TableError(found)
