"""Lists of words: what is not a name after "I am", and jobs in other languages."""

import re

from lessons.kit.models.offline.language.text import words

NOT_A_NAME = words(
    "a an the not no so very just here there back sorry sure fine good great ok okay well happy sad glad hungry tired "
    "busy ready done new lost stuck late early sick afraid curious confused interested having trying going looking "
    "working building using planning thinking wondering asking getting running from in at on into about allergic vegan "
    "vegetarian german french english american british norwegian swedish danish finnish dutch spanish italian japanese "
    "chinese indian canadian australian it that this later tomorrow if what when who your hard long short difficult "
    "spelled wrong missing right bored angry mad cold hot ill fine nervous excited scared worried upset lonely free broke "
    "rich poor old young tall small big short fat thin blind deaf human male female gay straight married single divorced "
    "retired pregnant diabetic jewish muslim christian hindu buddhist atheist home away online offline alone alive dead "
    "asleep awake drunk sober pleased amazed annoyed disappointed frustrated impressed learning studying testing trying "
    "leaving listening waiting joking kidding serious better worse cool nice next first last finished also still only "
    "always never today everybody everyone nobody someone me you him her them unemployed unsure certain aware proud jealous "
    "brazilian portuguese mexican argentinian colombian peruvian chilean russian ukrainian polish czech turkish greek egyptian "
    "moroccan nigerian kenyan ghanaian ethiopian pakistani bangladeshi vietnamese thai korean filipino indonesian malaysian "
    "iranian iraqi israeli swiss austrian belgian irish scottish welsh hungarian romanian bulgarian serbian croatian african "
    "asian european eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred "
    "human real anonymous vegan pescatarian student teacher developer engineer doctor nurse lawyer programmer designer "
    "after before when anytime soon tonight unknown secret private confidential important urgent interesting amazing awesome "
    "nonsense weird strange fun funny impossible perfect wonderful terrible catholic protestant buddhist sikh"
)

ANOTHER_PERSON = re.compile(
    r"\b[Tt]his is [A-ZÀ-ÖØ-Þ][\w'-]*(?: [A-ZÀ-ÖØ-Þ][\w'-]*)*,? (?i:my|our|his|her|their) (?:(?!is\b|are\b)[\w-]+ ?){1,4}[.!]?$"
)
"""`This is Bob, my friend` introduces another person."""

GERMAN_JOB = (
    r"(?:(?:eine?|von beruf) )?(?P<v>(?:lehrer|student|ingenieur|entwickler|programmierer|verkäufer|informatiker|designer"
    r"|journalist|architekt|rentner|schüler|künstler|musiker|maler|elektriker|physiker|krankenpfleger|vegetarier"
    r"|veganer)(?:in)?"
    r"|arzt|ärztin|koch|köchin|anwalt|anwältin|krankenschwester)"
)
FRENCH_JOB = (
    r"(?:une? )?(?P<v>médecin|infirmi(?:er|ère)|professeure?|enseignante?|étudiante?|ingénieure?|développeu(?:r|se)"
    r"|avocate?|cuisini(?:er|ère)|retraitée?|vendeu(?:r|se)|architecte|journaliste|boulang(?:er|ère)|végétarien(?:ne)?)"
)
IBERIAN_JOB = (
    r"(?:un |una |um |uma )?(?P<v>ingenier[oa]|engenheir[oa]|médic[oa]|maestr[oa]|profesora?|professora?|estudiante|estudante"
    r"|enfermer[oa]|abogad[oa]|advogad[oa]|programadora?|desarrolladora?|desenvolvedora?|cociner[oa]|cozinheir[oa]"
    r"|arquitect[oa]"
    r"|arquitet[oa]|periodista|jornalista|jubilad[oa]|aposentad[oa]|vegetarian[oa])"
)
CHINESE_JOB = "老师|教师|学生|大学生|医生|护士|工程师|程序员|律师|司机|厨师|设计师|经理|记者|会计|演员|歌手|作家"
