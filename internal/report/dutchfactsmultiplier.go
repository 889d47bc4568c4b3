package report

// dutchMultiplierFacts are the sentences that come with multipliers, as dutchFacts.
var dutchMultiplierFacts = [][2]string{
	{"{} divided by {}% of {} respondents", "$1 gedeeld door $2% van $3 respondenten"},
	{"{} divided by {}%: of {} respondents {}% say yes, with a sensitivity of {}% and a specificity of {}%", "$1 gedeeld door $2%: van $3 respondenten zegt $4% ja, bij een sensitiviteit van $5% en een specificiteit van $6%"},
	{"with a design effect of {} the survey counts for {} answers", "met een ontwerpeffect van $1 telt de enquête voor $2 antwoorden"},
	{"{}% of the respondents are known to some body; the benchmark of {} is the register of one", "$1% van de respondenten is bekend bij een of andere instantie; de telling van $2 is het register van één"},
	{"the estimate rests on the survey representing the population, and on respondents meaning the very benchmark that was counted", "de schatting rust erop dat de enquête de populatie vertegenwoordigt, en dat respondenten precies die telling bedoelen"},
	{"the share rests on {} respondents who said yes, the design effect allowed for", "het aandeel rust op $1 respondenten die ja zeiden, het ontwerpeffect meegerekend"},
	{"every respondent is in the benchmark", "elke respondent hoort bij de telling"},
	{"at {}% the share does not differ from 0 by more than chance", "bij $1% verschilt het aandeel niet meer dan door toeval van 0"},
	{"at {}% the respondents who say yes may all do so wrongly", "bij $1% kunnen de respondenten die ja zeggen dat allemaal ten onrechte doen"},
	{"nobody is in the benchmark", "bij de telling hoort niemand"},
	{"none of the {} respondents is in the benchmark: the survey sets no upper limit, and says that there are at least {} people (lower limit of the {}% credible interval)", "geen van de $1 respondenten hoort bij de telling: de enquête geeft geen bovengrens, en zegt dat er minstens $2 mensen zijn (ondergrens van het $3%-geloofwaardigheidsinterval)"},
	{"of {} respondents {}% say yes, no more than the {}% who would if nobody were in the benchmark: the survey sets no upper limit, and says that there are at least {} people (lower limit of the {}% credible interval)", "van $1 respondenten zegt $2% ja, niet meer dan de $3% die dat zou doen als niemand bij de telling hoorde: de enquête geeft geen bovengrens, en zegt dat er minstens $4 mensen zijn (ondergrens van het $5%-geloofwaardigheidsinterval)"},
	{"all {} respondents gave the same answer, and by that formula an answer without spread has no error", "alle $1 respondenten gaven hetzelfde antwoord, en volgens die formule heeft een antwoord zonder spreiding geen fout"},
	{"with a sensitivity of {}% and a specificity of {}%, those in the benchmark say yes no more often than others: the answers say nothing", "bij een sensitiviteit van $1% en een specificiteit van $2% zeggen wie bij de telling horen niet vaker ja dan anderen: de antwoorden zeggen niets"},
	{"{}% say yes, fewer than the {}% who would if nobody were in the benchmark, and not by chance alone: the answers and a specificity of {}% contradict each other", "$1% zegt ja, minder dan de $2% die dat zou doen als niemand bij de telling hoorde, en niet door toeval alleen: de antwoorden en een specificiteit van $3% spreken elkaar tegen"},
	{"{}% say yes, more than the {}% who would if everybody were in the benchmark, and not by chance alone: the answers and that sensitivity contradict each other", "$1% zegt ja, meer dan de $2% die dat zou doen als iedereen bij de telling hoorde, en niet door toeval alleen: de antwoorden en die sensitiviteit spreken elkaar tegen"},
	{"combined: {}; seen is the largest benchmark, because how far they overlap is not known", "samengevoegd: $1; in beeld is de grootste telling, omdat niet bekend is hoever ze overlappen"},
	{"there is no estimate from {}: {}", "er is geen schatting uit $1: $2"},
	{"there is no upper limit from {}, whose estimate is {}", "er is geen bovengrens uit $1, waarvan de schatting $2 is"},
	{"{} of the {} sources has an estimate with an upper limit", "$1 van de $2 bronnen heeft een schatting met een bovengrens"},
	{"{} sources were combined", "er zijn $1 bronnen samengevoegd"},
	{"the sources run from {} to {}, further apart than chance explains ({})", "de bronnen lopen van $1 tot $2, verder uiteen dan toeval verklaart ($3)"},
	{"{} is a lower bound, or has no standard error, and cannot be combined with others", "$1 is een ondergrens, of heeft geen standaardfout, en kan niet met andere worden samengevoegd"},
	{"together the sources say {}, fewer than the {} whom one of them counted", "samen zeggen de bronnen $1, minder dan de $2 die een ervan telde"},

	// The method cards.
	{"People deny that they are known, or claim it: check some answers, and give the rates of wrong ones", "mensen ontkennen dat zij bekend zijn, of beweren het: controleer een deel van de antwoorden, en geef de aandelen foute op"},
	{"Multipliers combined", "Vermenigvuldigers samengevoegd"},
	{"The size of the population from several benchmarks, each divided by its share of a survey: their mean on the logarithmic scale, with a variance between sources", "De omvang van de populatie uit verschillende tellingen, elk gedeeld door haar aandeel in een enquête: hun gemiddelde op de logaritmische schaal, met een variantie tussen bronnen"},
	{"Every source estimates the same people, and falls short of its assumptions in its own way: errors cancel out on average", "elke bron schat dezelfde mensen, en schiet op haar eigen manier tekort in haar aannamen: fouten heffen elkaar gemiddeld op"},
	{"Sources are independent of each other; shares from one survey are not quite", "bronnen zijn onafhankelijk van elkaar; aandelen uit één enquête zijn dat niet helemaal"},
	{"All sources err to one side, as when nobody reaches the same part of the population", "alle bronnen zitten er aan dezelfde kant naast, zoals wanneer niemand hetzelfde deel van de populatie bereikt"},
	{"Sources disagree: publish the range of their estimates, and find out which of them means other people", "bronnen spreken elkaar tegen: publiceer het bereik van hun schattingen, en zoek uit welke ervan andere mensen bedoelt"},
	{"There are two or three sources: how far they differ is then hardly known, and the interval is very wide for it", "er zijn twee of drie bronnen: hoeveel zij verschillen is dan nauwelijks bekend, en het interval is daarom heel wijd"},
}
