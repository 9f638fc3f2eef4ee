"""Small talk that asks for nothing, and that says nothing about the user to which a later question could refer."""

import re

_END = r"(?:[\s,.!?:)(;~-]|\b(?:then|now|there|again|all|everyone|friend|bot|you|so much|very much|a lot|today))*$"
_PATTERNS = {
    "goodbye": r"(?:good ?bye|bye(?: ?bye)?|see (?:you|ya|u)(?: (?:later|soon|tomorrow))?|ciao|farewell|cu|take care|talk later"
    r"|have a (?:nice|good|great) (?:day|evening|weekend|night|one)|i have to go|gotta go)",
    "night": r"good night|nighty? night|sleep well",
    "met": r"(?:nice|pleased|glad|great|good) (?:to meet|meeting) you(?: too)?",
    "agreed": r"(?:(?:yes|yeah|yep|yup|sure|no|nope|nah|ok|okay|k|kk|cool|nice|great|good|fine|perfect|awesome|amazing"
    r"|wow|lol|haha+"
    r"|hehe+|hm+|hmm+|oh|ah|aha|i see|got it|understood|right|exactly|correct|alright|all right|interesting|makes sense"
    r"|of course"
    r"|never ?mind|no problem|well done|good job|good bot|congratulations|whatever|sorry|oops|please)[\s,.!?]*){1,4}",
    "here": r"(?:(?:is )?(?:this|it) (?:thing )?(?:on|working)|test(?:ing)?(?: (?:test|1|one|123|1 2 3|one two three))*"
    r"|are you (?:there"
    r"|awake|online|working|alive|listening)|anybody (?:there|home)|anyone (?:there|home)|ping|hello world"
    r"|can you (?:hear|read) me)",
    "wrong": r"(?:no,? )?(?:you(?:'re| are)|that(?:'s| is| was)|this is|it(?:'s| is)) (?:wrong|not (?:right|correct|true"
    r"|what i (?:said"
    r"|meant|asked))|incorrect|false|a mistake)|(?:wrong|incorrect|not true)(?: answer)?|you(?: have)? (?:got it"
    r"|misunderstood)(?: wrong)?",
    "kind": r"(?:i (?:love|like) (?:you|this|it)|(?:you(?:'re| are)|this is|that(?:'s| is| was)) (?:so |very |really "
    r"|the )?(?:great|good|nice"
    r"|amazing|awesome|smart|clever|best|helpful|funny|cute|cool|useful)|i (?:hate|don't like) (?:you|this|it)"
    r"|(?:you(?:'re| are)|this is"
    r"|that(?:'s| is)) (?:so |very |really |a |an )?(?:stupid|dumb|bad|useless|terrible|boring|annoying|idiot|weird|slow"
    r"|crazy|silly))",
    "start": r"(?:let(?:'s| us) (?:start|begin|go|chat|talk)|go(?: on| ahead)?|continue|next|start(?: over)?"
    r"|begin(?: again)?|reset|restart"
    r"|stop|cancel|quit|exit|undo|clear|menu|hurry up|wait)",
    "why": r"(?:but |and )?(?:why|why not|really|how so|how come|are you sure|is that (?:true|right|so)|seriously"
    r"|what do you mean"
    r"|how do you know(?: (?:that|this|it))?|says who|what|huh)",
    "mood": r"i(?:'m| am| feel| am feeling) (?:so |very |really |a (?:bit|little) |too |just )*(?:tired|sad|happy|bored"
    r"|hungry|thirsty|sick|ill"
    r"|angry|lonely|stressed|excited|confused|lost|fine|good|great|okay|ok|well|cold|hot|sleepy|nervous|worried|upset|depressed"
    r"|unhappy|glad|curious|not (?:well|happy|feeling well|good))(?: (?:about|with|of) (?:this|it|that|you))?",
}
PLEASANTRIES = {name: re.compile(rf"(?:{pattern}){_END}", re.IGNORECASE) for name, pattern in _PATTERNS.items()}
_SIGNS_ONLY = re.compile(r"[\W_]+$")


def pleasantry(text: str) -> str:
    """The kind of small talk that a text is, '' for anything else. Signs and emoji alone are `agreed`."""
    if text.strip() and _SIGNS_ONLY.match(text):
        return "agreed"
    return next((name for name, pattern in PLEASANTRIES.items() if pattern.match(text.strip())), "")
