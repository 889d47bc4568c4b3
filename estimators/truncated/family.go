package truncated

import (
	"fmt"
	"math"
	"strings"
)

// A Family says which contacts are seen, and how often each number of them occurs. Its names are those of the literature on
// zero-truncated counts: ztpoisson, oiztgeom, chao and so on; [Families] lists them.
type Family struct {
	form form
	law  law
}

type form int

const (
	zeroTruncated     form = iota // P(y | y > 0)
	zeroOneTruncated              // P(y | y > 1): people seen once are taken as seen, and say nothing else
	oneInflatedBefore             // some people are seen exactly once; of the others, those never seen are cut off
	oneInflatedAfter              // people never seen are cut off; then some of the seen are seen exactly once
	hurdleBefore                  // one contact with probability π; else not one, with the law without 1; zero is cut off
	hurdleAfter                   // among the seen: one contact with probability π; else two or more
	onlyOnesAndTwos               // the regression of Chao's lower bound
	onesAndTwosForAll             // the regression of Zelterman
)

var forms = [...]struct{ prefix, title string }{
	zeroTruncated: {"zt", "zero-truncated"}, zeroOneTruncated: {"zot", "zero-one-truncated"},
	oneInflatedBefore: {"oizt", "one-inflated, then zero-truncated"}, oneInflatedAfter: {"ztoi", "zero-truncated, then one-inflated"},
	hurdleBefore: {"Hurdlezt", "hurdle at one, then zero-truncated"}, hurdleAfter: {"ztHurdle", "zero-truncated, then a hurdle at one"},
}

// Families are all families, in the order in which they are listed.
func Families() []Family {
	var out []Family
	for f := zeroTruncated; f <= hurdleAfter; f++ {
		for l := poisson; l <= negbin; l++ {
			out = append(out, Family{f, l})
		}
	}
	return append(out, Family{form: onlyOnesAndTwos}, Family{form: onesAndTwosForAll})
}

// FamilyNamed finds a family by its name, whatever the case of its letters.
func FamilyNamed(name string) (Family, error) {
	var names []string
	for _, f := range Families() {
		if strings.EqualFold(f.Name(), name) || strings.EqualFold(f.Name(), name+"-regression") {
			return f, nil
		}
		names = append(names, f.Name())
	}
	return Family{}, fmt.Errorf("there is no family %q; the families are %s", name, strings.Join(names, ", "))
}

// Name is as in "ztpoisson"; the regressions of Chao and Zelterman are "chao-regression" and "zelterman-regression", because
// "chao" and "zelterman" are their forms without covariates.
func (f Family) Name() string {
	switch f.form {
	case onlyOnesAndTwos:
		return "chao-regression"
	case onesAndTwosForAll:
		return "zelterman-regression"
	}
	return forms[f.form].prefix + lawNames[f.law]
}

// LowerBound says that the family estimates "at least".
func (f Family) LowerBound() bool { return f.form == onlyOnesAndTwos }

func (f Family) ones() bool {
	return f.form == oneInflatedBefore || f.form == oneInflatedAfter || f.hurdle()
}

func (f Family) hurdle() bool { return f.form == hurdleBefore || f.form == hurdleAfter }

// binary reports whether only people seen once and twice enter the fit.
func (f Family) binary() bool { return f.form == onlyOnesAndTwos || f.form == onesAndTwosForAll }

// predictors name the linear predictors of the family.
func (f Family) predictors() []string {
	if f.binary() {
		return []string{"logit of twice"}
	}
	out := []string{"log lambda"}
	if f.law == negbin {
		out = append(out, "log alpha")
	}
	switch {
	case f.hurdle():
		out = append(out, "logit pi")
	case f.ones():
		out = append(out, "logit omega")
	}
	return out
}

// HasDispersion reports whether the family has the parameter α, HasOnes whether it has ω or π for additional people seen once.
func (f Family) HasDispersion() bool { return !f.binary() && f.law == negbin }

// HasOnes reports whether the family has the parameter ω or π for additional people seen once.
func (f Family) HasOnes() bool { return f.ones() }

// simpler is the family that is left when ω or, for alpha, α is 0.
func (f Family) simpler(alpha bool) Family {
	if alpha {
		return Family{f.form, poisson}
	}
	return Family{zeroTruncated, f.law}
}

// least is the number of contacts that says nothing against λ = 0: its probability tends to one there.
func (f Family) least() int {
	if f.form == zeroOneTruncated || f.form == hurdleAfter {
		return 2
	}
	return 1
}

// enters reports whether people seen y times are in the likelihood.
func (f Family) enters(y int) bool {
	switch {
	case f.binary():
		return y <= 2
	case f.form == zeroOneTruncated:
		return y >= 2
	}
	return true
}

// A point is a family at one value of the predictors: the parts that all numbers of contacts share.
type point struct {
	family  Family
	eta     [3]float64
	one     jet // log-probability of one contact
	more    jet // that of y ≥ 2 contacts is log P(y) of the law plus this
	weight  jet // −log P(seen)
	haveOne bool
	plain   bool // one contact has the same form as more
	ones    jet  // log ω or log π, where logit is predictor share at the value of shared, and log 1 − ω or 1 − π
	rest    jet
	share   int
	shared  float64
	lambda  float64 // e^eta[0]
}

// at prepares a point. The probability of a count of 0 or 1 is taken from 1 as a logarithm, which loses digits only where λ
// is below 10⁻⁵ and no estimate is of any use.
func (f Family) at(eta *[3]float64, p *point) {
	p.family, p.eta, p.haveOne, p.plain, p.lambda = f, *eta, true, f.form == zeroTruncated, math.Exp(eta[0])
	if f.binary() {
		x := eta[0]
		q := 1 / (1 + math.Exp(-x)) // P(2 | 1 or 2) = (λ/2)/(1 + λ/2)
		p.one = jet{v: -softplus(x), g: [3]float64{-q}, h: [6]float64{-q * (1 - q)}}
		p.more = jet{v: -softplus(-x), g: [3]float64{1 - q}, h: [6]float64{-q * (1 - q)}}
		return
	}
	zero := f.law.logProbability(0, eta, p.lambda)
	share := 1
	if f.law == negbin {
		share = 2
	}
	switch f.form {
	case zeroTruncated:
		p.more = zero.complement().scaled(-1)
		p.weight = p.more
	case zeroOneTruncated:
		one := f.law.logProbability(1, eta, p.lambda)
		p.more = zero.either(one).complement().scaled(-1)
		p.haveOne = false
		p.weight = one.complement().plus(p.more)
	case oneInflatedBefore:
		ones, rest := p.shares(share, eta[share])
		p.weight = rest.plus(zero).complement().scaled(-1)
		p.one = ones.either(rest.plus(f.law.logProbability(1, eta, p.lambda))).plus(p.weight)
		p.more = rest.plus(p.weight)
	case oneInflatedAfter:
		ones, rest := p.shares(share, eta[share])
		p.weight = zero.complement().scaled(-1)
		p.more = rest.plus(p.weight)
		p.one = ones.either(p.more.plus(f.law.logProbability(1, eta, p.lambda)))
	case hurdleBefore:
		ones, rest := p.shares(share, eta[share])
		rest = rest.minus(f.law.logProbability(1, eta, p.lambda).complement())
		p.weight = rest.plus(zero).complement().scaled(-1)
		p.one = ones.plus(p.weight)
		p.more = rest.plus(p.weight)
	case hurdleAfter:
		one := f.law.logProbability(1, eta, p.lambda)
		cut := zero.either(one).complement()
		ones, rest := p.shares(share, eta[share])
		p.one = ones
		p.more = rest.minus(cut)
		p.weight = one.complement().minus(cut)
	}
}

// shares are log ω and log(1 − ω) at a logit, which is mostly that of the group before.
func (p *point) shares(predictor int, logit float64) (ones, rest jet) {
	if p.share != predictor || p.shared != logit {
		p.share, p.shared = predictor, logit
		p.ones, p.rest = logShare(predictor, logit), logRest(predictor, logit)
	}
	return p.ones, p.rest
}

// population is the number of people for each one whom the weight is about: 1/P(seen), and 1 + 1/(λ + λ²/2) in Chao's regression.
func (p *point) population() jet {
	x := p.eta[0]
	switch p.family.form {
	case onesAndTwosForAll:
		lambda := 2 * math.Exp(x)
		return jet{v: -lambda, g: [3]float64{-lambda}, h: [6]float64{-lambda}}.complement().scaled(-1).exp()
	case onlyOnesAndTwos: // log(λ + λ²/2) = log λ + log(1 + λ/2)
		q := 1 / (1 + math.Exp(-x))
		out := jet{v: -x - math.Ln2 - softplus(x), g: [3]float64{-1 - q}, h: [6]float64{-q * (1 - q)}}.exp()
		out.v++
		return out
	}
	return p.weight.exp()
}

// logProbability is that of y contacts of somebody in the fit, at a point.
func (p *point) logProbability(y int) jet {
	switch {
	case y == 1 && !p.plain:
		return p.one
	case p.family.binary():
		return p.more
	}
	return p.family.law.logProbability(y, &p.eta, p.lambda).plus(p.more)
}

// counts reports whether somebody seen y times stands for others, or for themselves alone.
func (f Family) counts(y int) bool {
	switch f.form {
	case zeroOneTruncated:
		return y >= 2
	case onlyOnesAndTwos:
		return y <= 2
	}
	return true
}

// sampling is the variance that chance adds for each person who stands for others, given the predictors: (1 − p)/p² with
// p = P(seen), van der Heijden and others 2003; for Chao's regression (1 − p)(1 + e^−λ/p)² with
// p = P(1) + P(2), Böhning and others (2013).
func (p *point) sampling() float64 {
	w := p.population().v
	if p.family.form == onlyOnesAndTwos {
		lambda := 2 * math.Exp(p.eta[0])
		return (1 - math.Exp(-lambda)*(lambda+lambda*lambda/2)) * w * w
	}
	return w * (w - 1)
}

// moments are mean and variance of the number of contacts of somebody in the fit.
func (p *point) moments() (mean, variance float64) {
	one := 0.0
	if p.haveOne {
		one = math.Exp(p.logProbability(1).v)
	}
	if p.family.binary() {
		return 2 - one, one * (1 - one)
	}
	mean, square := p.family.law.moments(&p.eta)
	single := math.Exp(p.family.law.logProbability(1, &p.eta, p.lambda).v)
	more := math.Exp(p.more.v)
	mean = one + more*(mean-single)
	square = one + more*(square-single)
	return mean, math.Max(square-mean*mean, 0)
}

// unconditional is the probability of y contacts before anything is cut off, in the population whose seen part is in the fit; y = 0 is being hidden.
func (p *point) unconditional(y int) float64 {
	seen := 1 / p.population().v
	switch {
	case y == 0:
		return 1 - seen
	case !p.haveOne && y == 1:
		return 0
	case p.family.binary():
		x := [3]float64{p.eta[0] + math.Ln2}
		return math.Exp(poisson.logProbability(y, &x, math.Exp(x[0])).v)
	}
	return seen * math.Exp(p.logProbability(y).v)
}
