package report

import "maps"

// The words of multipliers.
func init() { maps.Copy(catalogue, multiplierWords) }

var multiplierWords = map[string][2]string{
	"sources-title":  {"Each source", "Elke bron"},
	"source":         {"Source", "Bron"},
	"counted":        {"Counted", "Geteld"},
	"share-in-it":    {"Share in it", "Aandeel erin"},
	"n-without":      {"N without it", "N zonder haar"},
	"sources-spread": {"Q = %s on %s (%s); I² = %s of the spread between sources is more than chance; τ = %s, a factor of %s either way.", "Q = %s bij %s (%s); I² = %s van de spreiding tussen bronnen is meer dan toeval; τ = %s, een factor %s naar beide kanten."},
	"degrees.one":    {"%s degree of freedom", "%s vrijheidsgraad"},
	"degrees.many":   {"%s degrees of freedom", "%s vrijheidsgraden"},
	"lead-sources":   {"The sources, each by itself, run from %s to %s: publish that range beside it.", "De bronnen, elk apart, lopen van %s tot %s: publiceer dat bereik ernaast."},

	"lead-families":      {"Other families of the law of contacts give estimates outside it: publish their range.", "Andere families voor de verdeling van contacten geven schattingen daarbuiten: publiceer hun bereik."},
	"lead-sources-apart": {"The sources differ by more than chance, and no one number stands for them: each by itself, they run from **%s to %s**. Publish that range, not their mean: that would be %s, with limits from %s (%s interval).", "De bronnen verschillen meer dan door toeval, en geen enkel getal staat voor alle: elk apart lopen zij van **%s tot %s**. Publiceer dat bereik, niet hun gemiddelde: dat zou %s zijn, met grenzen van %s (%s-interval)."},
	"sources-mean":       {"%s by source (their mean is %s: %s; %s)", "%s naar bron (hun gemiddelde is %s: %s; %s)"},
	"dots-by-source":     {"Of every %s people, %s to %s are in view, by source.", "Van elke %s mensen zijn er %s tot %s in beeld, naar bron."},
	"dots-sources":       {"%s, by the source that says the most people", "%s, volgens de bron die de meeste mensen zegt"},
	"dots-sources-other": {"%s, by the one that says the fewest", "%s, volgens de bron die de minste zegt"},
	"foot-sources":       {"The ranges in this row run over the sources; none holds chance within them.", "De bereiken in deze rij lopen over de bronnen; toeval binnen een bron zit er niet in."},
	"mean-of-sources":    {"mean of the sources", "gemiddelde van de bronnen"},
	"in-view-range":      {"%s are in view, by source", "%s is in beeld, naar bron"},

	"lead-elsewhere":          {"It is no total: being known elsewhere is not being in that register.", "Het is geen totaal: elders bekend zijn is niet hetzelfde als in dat register staan."},
	"lead-in-view":            {"What holds without dividing: at least **%s** people are in view.", "Wat geldt zonder te delen: minstens **%s** mensen zijn in beeld."},
	"in-view-title":           {"In view at least, without dividing", "Minstens in beeld, zonder te delen"},
	"elsewhere-title":         {"Known elsewhere is not in that register", "Elders bekend is niet in dat register"},
	"registered":              {"Registered", "Geregistreerd"},
	"visitors":                {"Visitors of the chat", "Bezoekers van de chat"},
	"known-to-nobody":         {"Known to nobody else", "Bij niemand anders bekend"},
	"in-view-least":           {"In view, at least", "In beeld, minstens"},
	"a-year":                  {"A year", "Per jaar"},
	"elsewhere-why":           {"%s of the visitors say that somebody else knows them. That is not the same as being among the %s of the register: a school, a doctor or a care worker who knows somebody need not have reported them. Dividing by that share says how many people there would be if the register held everybody whom anybody knows. It does not; the result, %s, is therefore too low, and no total.", "%s van de bezoekers zegt dat iemand anders hen kent. Dat is niet hetzelfde als bij de %s van het register horen: een school, een arts of een hulpverlener die iemand kent, hoeft die niet te hebben gemeld. Delen door dat aandeel zegt hoeveel mensen er zouden zijn als het register iedereen bevatte die wie dan ook kent. Dat is niet zo; de uitkomst, %s, is daarom te laag, en geen totaal."},
	"elsewhere-against":       {"The other figure, %s, would need %s people who are known elsewhere (%s of it). The register holds %s: %s of them.", "Voor het andere cijfer, %s, zouden %s mensen elders bekend moeten zijn (%s ervan). Het register bevat er %s: %s daarvan."},
	"elsewhere-against-years": {"The other figure, %s a year, would need, over %s years, %s people who are known elsewhere (%s). The register holds %s: %s of them.", "Voor het andere cijfer, %s per jaar, zouden in %s jaar %s mensen elders bekend moeten zijn (%s). Het register bevat er %s: %s daarvan."},
	"elsewhere-below":         {"But %s is fewer than the %s in view at least (%s): if what the table rests on holds, there cannot be so few.", "Maar %s is minder dan de %s die minstens in beeld zijn (%s): als geldt waar de tabel op rust, kunnen het er niet zo weinig zijn."},
	"elsewhere-below-chance":  {"But %s is fewer than the %s in view at least, though within its interval (%s): chance in the share may explain it.", "Maar %s is minder dan de %s die minstens in beeld zijn, al is het binnen het interval (%s): toeval in het aandeel kan het verklaren."},
	"in-view-holds":           {"The table does not divide. Somebody whom nobody knew before is in no register, so those registered and these visitors are different people, whoever visits the chat. The interval holds chance in the share alone.", "De tabel deelt niet. Wie door niemand werd gekend, staat in geen register; geregistreerden en deze bezoekers zijn dus andere mensen, wie de chat ook bezoekt. Het interval bevat alleen het toeval in het aandeel."},
	"in-view-if":              {"It holds if “known to nobody else” means in no register; if the share, found from %s respondents, holds for the visitors counted and in every year; if visitors are counted once; and if both counts are about the same people, by one definition and age.", "Zij geldt als “bij niemand anders bekend” betekent: in geen register; als het aandeel, gevonden bij %s respondenten, geldt voor de getelde bezoekers en in elk jaar; als bezoekers één keer zijn geteld; en als beide aantallen over dezelfde mensen gaan, naar één definitie en leeftijd."},
	"elsewhere-ask":           {"To get a total, ask visitors which body knows them, one by one. Each register is then a benchmark of its own, and the chat can stand beside the registers as a list (`darkfigure help studies`, known_to).", "Vraag voor een totaal aan bezoekers welke instantie hen kent, één voor één. Elk register is dan zelf een telling, en de chat kan als lijst naast de registers staan (`darkfigure help studies`, known_to)."},
}
