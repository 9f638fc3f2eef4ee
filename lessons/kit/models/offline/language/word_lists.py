"""Lists of words: names, cities, countries, colours, words after "I am" that are not a name, jobs in other languages."""

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

GIVEN_NAMES = words(
    "adam alan alex alexander alice alicia amelia amir amy ana andrea andrew anna anne anthony arjun ben benjamin bob brian "
    "carl carla carlos carmen carol caroline catherine charles charlotte chris christina claire daniel david deborah diana "
    "diego dora edward elena eli elizabeth ella emily emma eric erik eva fatima felix fernando fiona george hana hannah helen "
    "henry ibrahim ines ingrid isabella ivan jacob james jan jane jasmine jason jens joanna john jonas jose joseph julia juan "
    "karen kate katie kenji kevin lars laura lena leo liam linda lisa luca lucas lucy luis maria marie mario martin mary "
    "matthew mei mia michael miguel mohamed mohammed monica nadia nina noah nora olga oliver olivia omar oscar pablo patricia "
    "paul paula pedro peter petra philip priya rachel raj ravi rebecca richard robert roberto rosa ruth sam samuel sandra sara "
    "sarah simon sofia sophia sophie stefan stephen steve susan thomas tim tina tom tomas victor wei william yuki yusuf zoe"
)
"""Names that are not also common words. They are recognised without a capital: `is my name bob?`"""

CITIES = words(
    "london paris berlin madrid rome vienna lisbon dublin oslo stockholm copenhagen helsinki warsaw prague budapest athens "
    "brussels amsterdam rotterdam hamburg munich cologne frankfurt stuttgart leipzig dresden bremen zurich geneva basel bern "
    "milan naples turin florence venice bologna barcelona valencia seville porto lyon marseille nice nantes bordeaux toulouse "
    "lille bergen trondheim gothenburg aarhus turku tampere krakow gdansk kyiv moscow istanbul ankara cairo lagos nairobi "
    "accra johannesburg casablanca tunis dubai riyadh tehran karachi lahore delhi mumbai pune chennai kolkata bangalore "
    "hyderabad dhaka bangkok hanoi manila jakarta beijing shanghai shenzhen seoul tokyo osaka kyoto sydney melbourne perth "
    "brisbane auckland wellington toronto montreal vancouver ottawa boston chicago seattle denver dallas austin houston miami "
    "atlanta philadelphia lima quito santiago caracas havana recife manchester liverpool leeds glasgow edinburgh cardiff "
    "belfast cork"
)
"""Cities, none of which lies in another."""

COUNTRIES = words(
    "france germany spain portugal italy austria switzerland belgium netherlands denmark norway sweden finland iceland ireland "
    "poland czechia slovakia hungary romania bulgaria greece turkey ukraine russia estonia latvia lithuania croatia serbia "
    "slovenia albania egypt morocco tunisia algeria nigeria ghana kenya ethiopia uganda tanzania zambia zimbabwe senegal "
    "cameroon israel jordan lebanon syria iraq iran india pakistan bangladesh nepal thailand vietnam malaysia indonesia "
    "philippines china japan korea mongolia australia canada mexico cuba colombia venezuela ecuador peru bolivia chile "
    "argentina uruguay paraguay brazil"
)
"""Countries, none of which lies in another."""

COLORS = words("red blue green yellow orange purple pink black white brown grey gray")
"""Colours, none of which is a shade of another."""

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
