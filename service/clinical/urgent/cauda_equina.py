"""Signs of a pressed cauda equina that are urgent by themselves."""

from service.clinical.rule import Above, RedFlag
from service.clinical.terms import CAUDA, PAIN
from service.clinical.vocabulary import Urgency

FLAGS: tuple[RedFlag, ...] = (
    RedFlag(
        id="reduced_anal_tone",
        # Urgent, though the guideline sends it at once: an examination finding at the level of
        # emergency would keep everyone who was not examined from self_care.
        level=Urgency.URGENT,
        title="Weak anal sphincter or numb skin around the anus on examination",
        when=(("reduced_anal_tone",),),
        suspects=(CAUDA,),
        guidelines=("acr_2021",),
    ),
    RedFlag(
        id="post_void_residual_with_pain",
        # The pathway says 200 ml or more; the attribute is stated in whole millilitres. Urgent for
        # the same reason as the anal tone.
        level=Urgency.URGENT,
        title="Back, buttock or leg pain with 200 ml or more left in the bladder",
        when=(PAIN, (Above("post_void_residual_ml", 199),)),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
    RedFlag(
        id="sexual_dysfunction_with_pain",
        # The pathway sends lost genital feeling to hospital at once; the finding also holds
        # trouble with sex that has many other causes, so it is urgent alone.
        level=Urgency.URGENT,
        title="Back, buttock or leg pain with a new loss of sexual function or genital feeling",
        when=(PAIN, ("sexual_dysfunction",)),
        suspects=(CAUDA,),
        guidelines=("uk_ces_2023",),
    ),
)
