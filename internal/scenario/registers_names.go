package scenario

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"

	"darkfigure/internal/resample"
)

// Groups of nationality. Names go with them: most people have names of their own group.
const (
	groupDutch = iota
	groupMTS   // Moroccan, Turkish, Surinamese or Antillean
	groupEU    // elsewhere in the European Union
	groupOther
	groups
)

// groupNames are the names of the groups in scenario files.
var groupNames = [groups]string{"dutch", "moroccan_turkish_surinamese", "other_eu", "elsewhere"}

// groupShares are the parts of the people.
var groupShares = [groups]float64{0.62, 0.18, 0.10, 0.10}

// Shares of the mass of names that the listed ones carry, by group: less where few are listed. The rest is a long tail,
// as in life: of some 146,000 surnames in the Dutch census of 1947 a third had one bearer and half had fewer than five
// (Bloothooft). Without a tail, records of different people agree far too often.
var (
	listedSurnames = [groups]float64{0.35, 0.35, 0.10, 0.35}
	listedGiven    = [groups]float64{0.70, 0.70, 0.30, 0.50}
)

const (
	ownNames   = 0.85 // share of the people whose names are of their own group
	tailOffset = 60   // the name of rank r in the tail has weight 1/(r+60)
)

// namesSeed makes the same names for every study.
const namesSeed = 1947

// Frequent surnames and given names with rough relative numbers of bearers, written as "name count" or
// "prefix+name count"; _ stands for a space. General knowledge, and no register: they make synthetic names look like
// names.
const (
	dutchSurnames = `de+jong 84 jansen 73 de+vries 71 van_den+berg 59 bakker 56 van+dijk 57 visser 50 janssen 54 smit 43 meijer 41 de+boer 39
mulder 37 de+groot 37 bos 36 vos 30 peters 30 hendriks 30 van+leeuwen 29 dekker 28 brouwer 26 de+wit 24 dijkstra 24 smits 23 de+graaf 21
van_der+meer 21 van_der+linden 20 kok 20 jacobs 20 de+haan 19 vermeulen 19 van_den+heuvel 19 van_der+veen 18 van_den+broek 18 de+bruijn 17
de+bruin 14 van_der+heijden 17 schouten 17 van+beek 16 willems 16 van+vliet 16 van_der+ven 15 hoekstra 15 maas 15 verhoeven 15 koster 15
van+dam 14 van_der+wal 14 prins 14 blom 14 huisman 14 peeters 13 de+jonge 13 kuipers 13 veenstra 12 kramer 12 post 12 kuiper 12 postma 11
van_den+bosch 11 martens 11 gerritsen 11 koning 11 scholten 11 evers 8 timmermans 9`
	mtsSurnames = `yilmaz 9 kaya 7 demir 7 celik 6 sahin 6 yildiz 6 ozturk 5 aydin 5 arslan 5 dogan 4 el_idrissi 4 amrani 5 bouzid 2
benali 3 el_khattabi 2 haddou 2 ouali 2 chaouch 1 mohamed 3 ahmed 2 ali 3 hassan 2 singh 5 ramdin 2 ramlal 2 martina 3`
	euSurnames    = `kowalski 2 nowak 3 wisniewski 1 popescu 2 ionescu 1`
	otherSurnames = `mohamed 5 ahmed 5 ali 6 hassan 4 hussein 3 abdi 3 nguyen 6 tran 2 chen 4 wang 4 li 3 zhang 3 tesfay 3 ghebre 1`

	dutchGirls = `emma 60 sanne 55 lisa 60 anna 58 julia 50 sophie 48 eva 45 lotte 42 femke 35 iris 38 anouk 35 fleur 36 lieke 32 noa 30
roos 25 isa 24 maud 25 britt 22 demi 22 naomi 20 romy 20 amber 30 nina 25 sara 30 esmee 24 kim 30 laura 38 michelle 30 melissa 26 chantal 18
denise 20 mila 15 tess 22 jasmijn 24 maria 25 merel 14 nienke 15 marieke 12 ilse 14 manon 18 loes 8 joelle 5 shanaya 4`
	mtsGirls   = `fatima 14 aicha 8 yasmine 8 zeynep 5 elif 5 samira 7 hanan 4 nadia 8 amina 6 salma 5 priya 2 rachelle 4 shanaya 4 joelle 3 sara 8 maria 4`
	euGirls    = `agnieszka 3 magdalena 3 ioana 2 maria 5 anna 5 julia 4`
	otherGirls = `selam 2 thi 2 mei 2 amina 6 fatima 5 salma 3 hanan 3 nadia 3 maria 4 anna 3`

	dutchBoys = `daan 55 sem 45 tim 48 lars 45 thomas 50 jesse 40 luuk 30 bram 38 ruben 42 milan 40 thijs 38 stijn 35 max 40 niels 36
nick 34 kevin 36 mike 34 dennis 28 jeroen 20 sander 22 bas 25 rick 24 jan 20 pieter 15 joost 15 koen 22 jayden 16 dylan 18 jordy 14
robin 20 wesley 14 julian 24 finn 24 levi 20 noah 24`
	mtsBoys   = `mohamed 30 ahmed 12 youssef 8 bilal 7 ibrahim 7 mehmet 6 mustafa 6 emre 5 omar 6 ali 8 hamza 6 jayden 5 dylan 4`
	euBoys    = `piotr 3 andrei 3 thomas 4 jan 3 max 3 kevin 3 robin 3`
	otherBoys = `mohamed 20 ahmed 8 ibrahim 6 omar 5 ali 8 hamza 3 bilal 3 kevin 4 max 3 noah 3`

	nicknames = `sophie=sofie isa=isabel mohamed=mo maria=mies fatima=fatma thomas=tom jan=johannes kim=kimberly mike=michael nick=nicolaas
bas=sebastiaan tess=tessa eva=eefje noa=noah jasmijn=yasmin melissa=mel michelle=mich pieter=piet samira=sam sara=sarah youssef=yousef
sander=alexander lotte=charlotte anna=annie lisa=elisabeth denise=denies naomi=noami`
)

// Names of the tails are compounds of these parts.
var surnameParts = [groups][3]string{
	groupDutch: {
		`aard abel adel akker alder alm ander appel baan bast beek beem berk beuk beven bil bloem boek bolder bon boom boter braam brand breed brem
brink broek brug buiten buur dal dam dek diep dom doorn dorp drie duin eek eik elze en es fluit ger gaard geel geest gras groen haag haak haar halm
ham hand haver heem hei hel hoek hof holt hoog horst huls ijzer jaar kaas kal kamp kers kluis knop kolk kool kor kraan kuil laan lam land lee
licht lind loo maan meer melk mid mole moer mos naald noord oever oost paal pel pijl plas poel poort put raad ree riet rijn ring rogge rood
rooi ruit schaap schep schoon slot snel spaan spil staal steen sterk stoel stok storm stroom tal tap teun tuin twee uil val veer velt vierd
vlas vogel voor vree waard wafel wal water weer wei wever wild winter woud zand zee zeil zilver zomer zuid zwaan`,
		`. en er el s ing inge e`,
		`aar aard bakker beek berg berger boer boom borg bos bosch brink broek brug burg dam dijk dorp ema enaar eveld feld ga gard haar ham hof horst
huis huizen ing inga ink kamp ker kerk koop laan laar land ma maker man mans meier meijer mond ooi oord pol poort rijk rode schot sen sma smit
son stad steen stein stra straat tra va veen veer veld velde veldt ven vliet voort waard wald weg weide werf wijk winkel zijl zicht zoon`},
	groupMTS: {`ab ak al am ar as at ay az ba bal bel ben ber boz bu cak can ce cet cos da dal dem der dur el er es fe gok gu gun ha hak ham han ib id il is
ka kal kan kar kil ko kor kur la ma mah mar mes mo mou na nas ou oz ra ram sa sal san sar se sen so su ta tan tas te to tu uy ya yal ye zah zer`,
		`. a da di du ha ka la li ma mu na ra ri sa ta ti`,
		`bas boudi bouzi chi daoui di dogan er gul han houari ji kan kaoui koc koglu lal lan lar li maz mez mi moun nali noui oglu oui ouali pal polat raoui
rek rim roui sen sik soy sy tan taoui tas tekin ti turk veren yaoui yar zaoui zi zoglu zuk`},
	groupEU: {`ad al an bar bed ber bla bog bor bra bud ces chr cie cio con cor cza dab dan dem dob dom dra dum far fil flo gab gal gaw glo gor gra gre gro
hol iv jab jan jaw kac kal kam kar kaz kol kos kow kra kub kwi lew lis luc lup maj mal mar maz mic mor mun nic nie ost paw pet pie pop rad
rom ros rus sad sik sob sta ste sto szc tom tud urb vas vla wal was wil wit woj wro zab zaj zal zie`,
		`. a e er i in ka la na o or ow u`,
		`acki arz asz ar as chuk cki cu czak czyk eanu ek el enko er escu ev ez ic icz iewicz ik iniak ino ior isz ka kiewicz ko kov kowicz kowski linski lo
man nik nova nyak oiu os ov owicz owski ra ra ski sky son szek tos uk ulescu un ura us wicz wski yk ylo zek zewski`},
	groupOther: {`ab ad af ah al am an ar as ba bao be bi bo chu da de di do du fa fe ga ge gho gu ha he hi hu ib ja ka ke kha ki ko la le li lo lu ma me mo
mu na ne nga ngu no nu o pa pha qua ra ro sa se she si so su ta te tha ti tra tu ur va vu wa we wo xi ya ye yo yu za ze zho zu`,
		`. ba da di fa ha ji ka la li ma mu na ni ra ri sa ta wa`,
		`bale be bo bwa chi da de di do dou fo ga gho hari hi kai ke khan kidan kou la lem li long lu mane mariam mba mi mo na nde ne ng ngo nh ni nko oye
ra rah ri ro san sare sha shi so ssou ta tay te thi tou tsion ung wale wi xia yan ye ying za zai zhou zou`},
}

var givenParts = [2][3]string{
	{`a ai al am an ar be ber bi bri ca ce cha ci da de di do e el em es fa fe fi ga ge gi ha he i il in ja je jo jul ka ke ki kri la le li lo lu ma mar me
mi mo na ne ni no o pa pe ra re ri ro ru sa se sha si so su ta te ti va ve vi wi ya ye yo za ze zo`,
		`. bi da di la li ma mi na ne ni ra ri sa se ta ti`,
		`bel beth da dra fke ka ke la le lia line lin lis lotte ly ma mke na nke nne nia nna ra rie ria rina sa se ska sse ta th tje tte ya yn za`},
	{`a ab ad al am an ar ba be ben ber bo bra ca che chri da de di do e ed el em er fa fe flo fra ga ge gi ha he hu i il ja je jo ju ka ke ki ko la le li lo lu
ma mar me mi mo na ne ni no o pa pe pi qui ra re ri ro ru sa se si so ste ta te ti to tri u va vi wa we wil xa ya yo za ze`,
		`. ba bi da di fa ha la li ma mi na ne ni ra ri sa ti`,
		`bert bo cas co d den dor dric el ert fan frid ger han hid ick ik jan k kim l lan las lem m man mar met mir mon n nald nand nis no r rd ren rick ro s
sef sha so t teo than ton vin x yan zan`},
}

// A surname with its prefix, both in lower case.
type surname struct{ prefix, name string }

// names is a world of names: for every group and sex, who is called what how often.
type names struct {
	surnames []surname
	given    []string
	bySur    [groups]alias    // of surnames
	byGiven  [groups][2]alias // of given names: girls, boys
	nick     map[string]string
}

var worlds struct {
	sync.Mutex
	of map[int]*names
}

// namesOf is the world with a tail of that many Dutch surnames; a study has the same names
// whatever its seed.
func namesOf(tail int) *names {
	worlds.Lock()
	defer worlds.Unlock()
	if n := worlds.of[tail]; n != nil {
		return n
	}
	n := newNames(tail)
	if worlds.of == nil {
		worlds.of = map[int]*names{}
	}
	worlds.of[tail] = n
	return n
}

func newNames(tail int) *names {
	n := &names{nick: map[string]string{}}
	for pair := range strings.FieldsSeq(nicknames) {
		a, b, _ := strings.Cut(pair, "=")
		n.nick[a] = b
		if n.nick[b] == "" {
			n.nick[b] = a
		}
	}
	rng := resample.Stream(namesSeed, uint64(tail))
	var index []int32 // of the surnames of a group
	var weight []float64
	for g, listed := range []string{dutchSurnames, mtsSurnames, euSurnames, otherSurnames} {
		index, weight = index[:0], weight[:0]
		add := func(s surname, w float64) {
			index, weight = append(index, int32(len(n.surnames))), append(weight, w)
			n.surnames = append(n.surnames, s)
		}
		taken := map[string]bool{}
		for name, w := range namesAndWeights(listed) {
			prefix, name, ok := strings.Cut(name, "+")
			if !ok {
				prefix, name = "", prefix
			}
			taken[name] = true
			add(surname{spaced(prefix), spaced(name)}, w)
		}
		listedTo, size := len(weight), tail
		if g != groupDutch {
			size = max(1, tail/4)
		}
		for _, name := range compounds(surnameParts[g], size, taken, rng) {
			s := surname{name: name}
			if g == groupDutch {
				s.prefix = tailPrefix(rng)
			}
			if g == groupMTS && rng.Float64() < 0.25 {
				s.name = [...]string{"el ", "ben ", "ait ", "bou"}[rng.IntN(4)] + s.name
			}
			add(s, 1/float64(len(weight)-listedTo+tailOffset))
		}
		balance(weight, listedTo, listedSurnames[g])
		n.bySur[g] = newAlias(index, weight)
	}
	for sex, lists := range [2][groups]string{{dutchGirls, mtsGirls, euGirls, otherGirls}, {dutchBoys, mtsBoys, euBoys, otherBoys}} {
		for g, listed := range lists {
			index, weight = index[:0], weight[:0]
			taken := map[string]bool{}
			for name, w := range namesAndWeights(listed) {
				taken[name] = true
				index, weight = append(index, int32(len(n.given))), append(weight, w)
				n.given = append(n.given, name)
			}
			listedTo, size := len(weight), max(1, tail/8)
			if g != groupDutch {
				size = max(1, tail/16)
			}
			for r, name := range compounds(givenParts[sex], size, taken, rng) {
				index, weight = append(index, int32(len(n.given))), append(weight, 1/float64(r+tailOffset))
				n.given = append(n.given, name)
			}
			balance(weight, listedTo, listedGiven[g])
			n.byGiven[g][sex] = newAlias(index, weight)
		}
	}
	return n
}

// tailPrefix is the prefix of a surname of the tail: one in four has one.
func tailPrefix(rng *rand.Rand) string {
	if rng.Float64() >= 0.25 {
		return ""
	}
	return [...]string{"van", "van", "van", "de", "de", "van der", "van der", "van den", "van de", "ter", "ten", "van 't"}[rng.IntN(12)]
}

// balance gives the first listed weights that part of the whole.
func balance(weight []float64, listed int, part float64) {
	scale := func(w []float64, to float64) {
		sum := 0.0
		for _, x := range w {
			sum += x
		}
		for i := range w {
			w[i] *= to / sum
		}
	}
	scale(weight[:listed], part)
	scale(weight[listed:], 1-part)
}

// namesAndWeights reads "name weight name weight …".
func namesAndWeights(text string) func(func(string, float64) bool) {
	return func(yield func(string, float64) bool) {
		f := strings.Fields(text)
		for i := 0; i+1 < len(f); i += 2 {
			w, err := strconv.ParseFloat(f[i+1], 64)
			if err != nil {
				panic("a name without a number: " + f[i])
			}
			if !yield(f[i], w) {
				return
			}
		}
	}
}

func spaced(s string) string { return strings.ReplaceAll(s, "_", " ") }

// compounds makes up to n different names of three parts, in a random order.
func compounds(parts [3]string, n int, taken map[string]bool, rng *rand.Rand) []string {
	var p [3][]string
	for i := range p {
		p[i] = strings.Fields(parts[i])
	}
	all := make([]string, 0, len(p[0])*len(p[1])*len(p[2]))
	for _, a := range p[0] {
		for _, b := range p[1] {
			for _, c := range p[2] {
				if name := a + strings.TrimPrefix(b, ".") + c; !taken[name] && len(name) > 2 && !strings.Contains(name, string([]byte{name[len(a)-1], name[len(a)-1], name[len(a)-1]})) {
					taken[name] = true
					all = append(all, name)
				}
			}
		}
	}
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	all = all[:min(n, len(all))]
	// Short names are the common ones.
	slices.SortStableFunc(all, func(a, b string) int { return cmp.Compare(len(a)/5, len(b)/5) })
	return all
}

// An alias table draws from a discrete distribution in constant time (Walker 1977; Vose 1991).
type alias struct {
	value, other []int32
	keep         []float64
}

func newAlias(value []int32, weight []float64) alias {
	n := len(weight)
	a := alias{value: slices.Clone(value), other: make([]int32, n), keep: make([]float64, n)}
	sum := 0.0
	for _, w := range weight {
		sum += w
	}
	var small, large []int
	for i, w := range weight {
		a.keep[i], a.other[i] = w/sum*float64(n), a.value[i]
		if a.keep[i] < 1 {
			small = append(small, i)
		} else {
			large = append(large, i)
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		a.other[s] = a.value[l]
		a.keep[l] -= 1 - a.keep[s]
		if a.keep[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	for _, i := range append(small, large...) { // what rounding left over
		a.keep[i] = math.Inf(1)
	}
	return a
}

func (a *alias) draw(rng *rand.Rand) int32 {
	x := rng.Float64() * float64(len(a.value))
	i := int(x)
	if x-float64(i) < a.keep[i] {
		return a.value[i]
	}
	return a.other[i]
}
