"""What the source articles document as urgent."""

from service.clinical.rule import Above, Below, RedFlag
from service.clinical.terms import INFECTION, TUMOUR
from service.clinical.vocabulary import Urgency

FLAGS: tuple[RedFlag, ...] = (
    RedFlag(
        id="child_with_buttock_pain",
        level=Urgency.URGENT,
        title="Buttock pain in someone under 18",
        when=(("buttock_pain",), (Below("age_years", 18),)),
        suspects=(INFECTION,),
        facts=("003-09",),
    ),
    RedFlag(
        id="fever_with_buttock_pain",
        level=Urgency.URGENT,
        title="Buttock pain with fever",
        when=(("buttock_pain",), ("fever",)),
        suspects=(INFECTION, TUMOUR),
        facts=("004-18",),
    ),
    RedFlag(
        id="weight_loss_with_buttock_pain",
        level=Urgency.URGENT,
        title="Buttock pain with unexplained weight loss",
        when=(("buttock_pain",), ("unexplained_weight_loss",)),
        suspects=(INFECTION, TUMOUR),
        facts=("004-19", "001-34"),
    ),
    RedFlag(
        id="weight_loss_with_back_pain_over_50",
        # 001-34 allows primary_care; urgent, as 004-19 demands of the same sign with buttock pain.
        level=Urgency.URGENT,
        title="Back pain with unexplained weight loss over the age of 50",
        when=(("back_pain",), ("unexplained_weight_loss",), (Above("age_years", 50),)),
        suspects=(TUMOUR,),
        facts=("001-34",),
    ),
    RedFlag(
        id="cancer_history_with_pain",
        # 001-33 allows primary_care; urgent, since cancer is found in 7 % of such patients in
        # primary care and 33 % in emergency departments (downie_2013).
        level=Urgency.URGENT,
        # The guideline adds the neck and a band of pain.
        title="Back, buttock or neck pain or a band of pain in someone who has had cancer",
        when=(
            ("back_pain", "buttock_pain", "neck_pain", "band_like_trunk_pain"),
            ("cancer_history",),
        ),
        suspects=(TUMOUR,),
        facts=("001-33",),
        guidelines=("nice_mscc_2023",),
    ),
    RedFlag(
        id="swelling_and_redness_with_buttock_pain",
        level=Urgency.URGENT,
        title="Buttock pain with swelling and redness at the place",
        when=(("buttock_pain",), ("local_swelling",), ("local_redness",)),
        suspects=(INFECTION, TUMOUR),
        facts=("004-20",),
    ),
)
