"""A small invented shop: hobbies with their products, and household needs that are no hobbies."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Season = Literal["spring", "summer", "autumn", "winter", "any"]


class Product(NamedTuple):
    """Something the shop sells.

    Attributes:
        short: how a text speaks of it in the middle of a sentence.
        facts: properties on the product page.
        gain: what it does for the shopper, as a clause that follows “it”; on the product page as well. A claim beyond
            the two is unverified.
        season: when it is used; “any” for all year.
    """

    name: str
    short: str
    category: str
    facts: tuple[str, ...]
    gain: str
    season: Season = "any"


class Hobby(NamedTuple):
    """A liking, with what shows it and what serves it.

    Attributes:
        scene: where it happens, as an adverbial.
        searches: what somebody with this liking types into the search box.
        tags: kinds of product to look for: specific, on sale somewhere, and of use because of the liking.
        loose_tags: real and specific kinds of product whose link to the liking has to be argued for.
        odd_tags: words for products that do not exist.
        department: a word too broad to search for.
        stretch: another liking that one thin sign of this one might point to, and does not support.
    """

    name: str
    scene: str
    products: tuple[Product, ...]
    searches: tuple[str, ...]
    tags: tuple[str, ...]
    loose_tags: tuple[str, ...]
    odd_tags: tuple[str, ...]
    department: str
    stretch: str


class Need(NamedTuple):
    """Purchases that a household, a job or an illness asks for."""

    name: str
    purchases: tuple[str, ...]
    cause: str


HOBBIES: Final = (
    Hobby(
        name="hiking",
        scene="on the ridge",
        products=(
            Product("Fjellby trekking poles", "trekking poles", "outdoor",
                    ("aluminium, 250 g each", "fold to 38 cm", "cork grips"), "takes weight off the knees downhill"),
            Product("Ravnborg rain shell", "rain shell", "outdoor",
                    ("waterproof to 10,000 mm", "polyester with taped seams", "packs into its own pocket"),
                    "keeps a day of rain outside", "autumn"),
            Product("Skarv snow gaiters", "snow gaiters", "outdoor",
                    ("nylon", "steel hook under the laces", "reach to below the knee"),
                    "keeps the snow out of the boots", "winter"),
            Product("Tarnside 24 l daypack", "daypack", "outdoor",
                    ("24 litres", "mesh back panel", "two bottle pockets"), "leaves air between load and back"),
        ),
        searches=("ridge walks with a hut", "blister plasters for long walks", "map case", "light tent for one"),
        tags=("lightweight folding trekking poles", "merino hiking socks with padded heel", "waterproof map case",
              "ultralight one-person tent", "water filter bottle for trails"),
        loose_tags=("scented candle with pine note", "leather desk chair", "garden hose reel"),
        odd_tags=("self-walking hiking boots", "inflatable mountain hut for pockets", "blister-eating socks"),
        department="outdoor equipment",
        stretch="mud running",
    ),
    Hobby(
        name="astronomy",
        scene="under a dark sky",
        products=(
            Product("Nordlicht 130 telescope", "telescope", "optics",
                    ("130 mm mirror", "tabletop mount", "red-dot finder"), "shows the rings of Saturn from a balcony"),
            Product("Vesper red-light headlamp", "red-light headlamp", "optics",
                    ("red and white light", "runs 40 hours on one charge", "86 g"), "saves the night vision"),
            Product("Almagest star atlas", "star atlas", "books",
                    ("wire binding", "30 charts", "coated paper that takes dew"), "lies flat on a wet table"),
            Product("Polaris heated lens band", "heated lens band", "optics",
                    ("USB powered", "fits tubes to 150 mm", "three steps of warmth"),
                    "keeps frost off the lens", "winter"),
        ),
        searches=("dark sky sites near the coast", "moon filter 1.25 inch", "meteor shower calendar", "planisphere"),
        tags=("waterproof star-map notebook", "red-light headlamp with dimmer", "1.25 inch moon filter",
              "folding observer's chair", "anti-dew heater band for telescopes"),
        loose_tags=("warm fleece blanket", "instant hot chocolate sticks", "black picture frame"),
        odd_tags=("indoor star magnet", "moonlight concentrate spray", "cloud-removing telescope cap"),
        department="science articles",
        stretch="night photography",
    ),
    Hobby(
        name="home coffee brewing",
        scene="at the kitchen window",
        products=(
            Product("Pettersen hand grinder", "hand grinder", "kitchen",
                    ("steel conical burrs", "24 grind steps", "holds 30 g"), "grinds for two cups in a minute"),
            Product("Kvarn pour-over kettle", "pour-over kettle", "kitchen",
                    ("gooseneck spout", "0.9 litres", "thermometer in the lid"), "pours as slowly as the wrist wants"),
            Product("Lumi glass dripper", "glass dripper", "kitchen",
                    ("borosilicate glass", "for two cups", "takes flat filters"), "lets the bloom be watched"),
            Product("Isla cold-brew jug", "cold-brew jug", "kitchen",
                    ("1 litre", "fine steel mesh", "fits a fridge door"), "has iced coffee ready by morning", "summer"),
        ),
        searches=("light roast washed ethiopia", "water hardness for coffee", "paper filters size 2", "burr cleaning"),
        tags=("gooseneck kettle with thermometer", "precision coffee scale with timer", "unbleached filters size 2",
              "single-origin light roast beans", "airtight coffee canister with valve"),
        loose_tags=("wooden bread knife", "linen apron with pockets", "herb pots for the window sill"),
        odd_tags=("self-grinding paper filter", "dehydrated espresso cup", "decaffeination magnet"),
        department="kitchen things",
        stretch="tea ceremony",
    ),
    Hobby(
        name="sourdough baking",
        scene="on a Sunday morning",
        products=(
            Product("Ebba proofing basket", "proofing basket", "kitchen",
                    ("rattan", "for 1 kg of dough", "linen liner"), "gives the loaf its rings"),
            Product("Smedja baking steel", "baking steel", "kitchen",
                    ("6 mm steel", "35 by 40 cm", "8 kg"), "gives pizza and bread a crisp base"),
            Product("Tallgren bread lame", "bread lame", "kitchen",
                    ("walnut handle", "takes safety blades", "ten blades in the box"), "scores a clean ear"),
        ),
        searches=("rye starter hydration", "strong flour 13 protein", "why is my crumb dense", "dough thermometer"),
        tags=("rattan proofing basket with liner", "curved bread lame with walnut handle", "6 mm baking steel",
              "stoneground rye flour 5 kg", "dough scraper of spring steel"),
        loose_tags=("electric salt mill", "cake stand with glass dome", "cocktail shaker"),
        odd_tags=("self-kneading flour", "pre-eaten bread crust", "wireless yeast"),
        department="baking goods",
        stretch="cake decorating",
    ),
    Hobby(
        name="watercolour painting",
        scene="by the harbour wall",
        products=(
            Product("Aquarelle travel box", "travel paint box", "art",
                    ("12 half pans", "metal lid as palette", "brush included"), "fits a coat pocket"),
            Product("Kelder rag paper block", "rag paper block", "art",
                    ("cotton, 300 g", "20 sheets", "glued on four sides"), "stays flat when the wash is wet"),
            Product("Quillon round brush 8", "round brush", "art",
                    ("synthetic hair", "size 8", "short handle"), "holds a full wash and comes to a point"),
        ),
        searches=("granulating blue", "how to stretch paper", "masking fluid", "sketching stool"),
        tags=("cold-pressed cotton watercolour block", "refillable water brush pen", "granulating ultramarine half pan",
              "collapsible brush-washing cup", "portable sketching stool"),
        loose_tags=("framed harbour print", "blue table lamp", "desk calendar with landscapes"),
        odd_tags=("dry water for painting", "self-signing canvas", "invisible-green pigment"),
        department="creative supplies",
        stretch="interior design",
    ),
    Hobby(
        name="bouldering",
        scene="on the wall",
        products=(
            Product("Gravel climbing shoes", "climbing shoes", "sport",
                    ("suede upper", "two straps", "4 mm rubber"), "lets the toes feel small edges"),
            Product("Magnes chalk bag", "chalk bag", "sport",
                    ("fleece lining", "drawstring", "brush loop"), "keeps the chalk where the hand is"),
            Product("Fingerboard Ask", "fingerboard", "sport",
                    ("ash wood", "edges of 20, 15 and 10 mm", "screws included"), "trains grip over a door frame"),
        ),
        searches=("finger strength plan", "liquid chalk", "problems graded 6a", "resole climbing shoes"),
        tags=("suede climbing shoes with two straps", "liquid climbing chalk 200 ml", "boar-hair hold brush",
              "wooden fingerboard with 10 mm edge", "finger tape for climbers"),
        loose_tags=("stone-pattern wallpaper", "step ladder with three steps", "protein cereal"),
        odd_tags=("gravity-free chalk", "holdless climbing hold", "rope for falling upwards"),
        department="sports equipment",
        stretch="mountaineering expeditions",
    ),
    Hobby(
        name="road cycling",
        scene="on the coast road",
        products=(
            Product("Tramontane wind vest", "wind vest", "sport",
                    ("68 g", "mesh back", "two-way zip"), "takes the chill off a long descent", "spring"),
            Product("Pavé bar tape", "bar tape", "sport",
                    ("3 mm cork foam", "end plugs", "washable"), "softens cobbles for the hands"),
            Product("Luz 600 front light", "front light", "sport",
                    ("600 lumen", "USB-C", "runs 3 hours at full power"), "lights the lane on the way home", "autumn"),
            Product("Col frame pump", "frame pump", "sport",
                    ("aluminium", "to 8 bar", "valve hose"), "gets a flat tyre back to riding pressure"),
        ),
        searches=("28 mm tyres pressure", "climbs over 800 m", "bib shorts chamois", "chain wax"),
        tags=("hydrophobic chain wax", "28 mm tubeless road tyre", "bib shorts with endurance chamois",
              "out-front computer mount", "packable cycling wind vest"),
        loose_tags=("indoor bicycle wall clock", "car roof box", "picnic hamper"),
        odd_tags=("downhill-only wheels", "square endurance tyre", "solar bar tape that pedals"),
        department="bicycle stuff",
        stretch="triathlon",
    ),
    Hobby(
        name="indoor plants",
        scene="in the north window",
        products=(
            Product("Monstera moss pole", "moss pole", "home",
                    ("sphagnum core", "80 cm", "stackable"), "gives aerial roots something to hold"),
            Product("Frond grow light", "grow light", "home",
                    ("full spectrum", "24 W", "timer with three programmes"), "lends winter light to a dark corner",
                    "winter"),
            Product("Terra self-watering pot", "self-watering pot", "home",
                    ("2 litre tank", "recycled plastic", "water gauge"), "waters for two weeks while you travel",
                    "summer"),
        ),
        searches=("yellow leaves on a fern", "aroid soil mix", "leaf shine without oil", "propagation station"),
        tags=("stackable sphagnum moss pole", "chunky aroid soil mix 10 l", "full-spectrum clip grow light",
              "glass propagation station", "long-spout watering can 1 l"),
        loose_tags=("botanical print cushion", "green desk organiser", "wooden garden bench"),
        odd_tags=("leafless fern", "talking plant fertiliser", "self-photosynthesising pot"),
        department="home and garden",
        stretch="vegetable farming",
    ),
    Hobby(
        name="film photography",
        scene="on an early street",
        products=(
            Product("Halide 400 film, five rolls", "roll film", "photo",
                    ("black and white", "ISO 400", "36 exposures each"), "is forgiving in changing light"),
            Product("Fixer steel tank", "developing tank", "photo",
                    ("stainless steel", "two reels", "for 35 mm"), "develops two films in one go"),
            Product("Lichtmeter clip-on", "clip-on light meter", "photo",
                    ("shoe mount", "coin cell", "reads ISO 12 to 6400"), "gives old cameras a sure exposure"),
        ),
        searches=("push film to 1600", "developer shelf life", "light seals for old cameras", "contact sheets"),
        tags=("black-and-white 35 mm film ISO 400", "stainless developing tank for two reels", "shoe-mount light meter",
              "archival negative sleeves", "light-seal repair kit"),
        loose_tags=("vintage wall poster", "phone ring light", "leather wallet"),
        odd_tags=("rewindable daylight", "undeveloped memory card film", "wireless negative"),
        department="photo articles",
        stretch="film making",
    ),
    Hobby(
        name="knitting",
        scene="by the stove",
        products=(
            Product("Fjord wool, 500 g", "Fjord wool", "craft",
                    ("undyed wool", "sport weight", "washes at 30 degrees"), "makes a jumper that lasts the winter",
                    "winter"),
            Product("Birk circular needles", "circular needles", "craft",
                    ("birch", "80 cm cable", "sizes 3 to 6"), "keeps stitches from sliding off"),
            Product("Loop stitch markers", "stitch markers", "craft",
                    ("brass", "20 pieces", "open and closed"), "marks every raglan line"),
        ),
        searches=("short rows explained", "colourwork yoke pattern", "blocking mats", "sport weight undyed"),
        tags=("interchangeable birch needle set", "undyed sport-weight wool", "brass locking stitch markers",
              "foam blocking mats with pins", "yarn bowl of acacia wood"),
        loose_tags=("sheepskin rug", "knitted phone sleeve", "electric fireplace"),
        odd_tags=("stitchless knitting pattern", "liquid yarn for needles", "self-unravelling jumper"),
        department="handicraft",
        stretch="fashion design",
    ),
    Hobby(
        name="birdwatching",
        scene="at the reed bed",
        products=(
            Product("Sula 8x32 binoculars", "binoculars", "optics",
                    ("8 times, 32 mm", "480 g", "waterproof"), "picks the warbler out of the reeds"),
            Product("Nest camera Pip", "nest camera", "optics",
                    ("infrared", "10 m cable", "fits boxes from 12 cm"), "shows the brood without a knock", "spring"),
            Product("Suet feeder Tit", "suet feeder", "garden",
                    ("steel wire", "holds two cakes", "squirrel guard"), "brings tits to the window", "winter"),
        ),
        searches=("wader identification", "spring migration dates", "hide with a view", "8x32 or 10x42"),
        tags=("waterproof 8x32 binoculars", "squirrel-proof suet feeder", "pocket guide to waders",
              "infrared nest-box camera", "binocular harness"),
        loose_tags=("feather-print scarf", "garden gnome", "alarm clock with birdsong"),
        odd_tags=("bird-attracting silence", "migratory nest box", "night binoculars for daylight owls only"),
        department="nature items",
        stretch="beekeeping",
    ),
    Hobby(
        name="board games",
        scene="around the table",
        products=(
            Product("Harbour Masters", "harbour trading game", "games",
                    ("for 2 to 4", "90 minutes", "wooden pieces"), "makes two players bargain like six"),
            Product("Linen card sleeves", "card sleeves", "games",
                    ("63.5 by 88 mm", "100 pieces", "matt"), "keeps a loved deck from wearing"),
            Product("Neoprene table mat", "table mat", "games",
                    ("90 by 90 cm", "stitched edge", "rolls up"), "lets cards be picked up with one finger"),
        ),
        searches=("best for two players", "solo mode", "sleeves 63.5 by 88", "expansion in stock"),
        tags=("two-player trading board game", "matt card sleeves 63.5 by 88", "stitched neoprene game mat",
              "foldable dice tray", "cooperative campaign game"),
        loose_tags=("snack bowl with three parts", "bar stool", "wall calendar"),
        odd_tags=("rules-free chess engine board", "six-sided card", "pre-won puzzle game"),
        department="toys and games",
        stretch="gambling",
    ),
)  # fmt: skip

NEEDS: Final = (
    Need("cleaning products", ("dish soap", "bin bags", "bleach", "sponges"), "the home runs out of them"),
    Need("office supplies", ("printer paper", "toner", "lever arch files", "staples"), "the job asks for them"),
    Need("work safety gear", ("hi-vis vest", "safety boots", "ear plugs", "work gloves"), "the site demands them"),
    Need("cold remedies", ("thermometer", "cough syrup", "paper tissues", "throat sweets"), "somebody was ill"),
    Need("car upkeep", ("wiper blades", "engine oil", "windscreen wash", "warning triangle"), "the car needs them"),
    Need("school articles", ("exercise books", "glue sticks", "pencil refills", "satchel"), "term began"),
)

GENERIC_WORDS: Final = ("practical", "smart", "modern", "high-quality", "fashionable", "all-round")

INVENTED_CLAIMS: Final = (
    "never wears out and cannot burn",
    "cures aching joints overnight",
    "charges your phone while you use it",
    "is made of pure titanium",
    "was tested in space",
    "is 100% unbreakable",
    "cleans itself after every use",
    "comes with a lifetime supply of spares",
    "is hand-made from real silver",
    "works without any power, for ever",
)

PLACES: Final = ("Port Lindow", "Aldermere", "Kessing", "Vantry", "North Hale", "Brackwater", "Sollen", "Easter Moor")
AGES: Final = ("18–24", "25–34", "35–44", "45–54", "55–64", "65–74")
GENDERS: Final = ("woman", "man", "not said")
SURNAMES: Final = ("Berg", "Okoye", "Lindqvist", "Marek", "Tanaka", "Duarte", "Haddad", "Novak")
