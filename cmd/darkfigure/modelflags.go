package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
)

// modelFlags say how log-linear models are chosen and fitted.
type modelFlags struct {
	model         string
	heterogeneity loglinear.Heterogeneity
	firth         bool
	selection     string
	maxOrder      int
	threshold     float64
	window        float64              // −1: none; 0: the default
	boot          *loglinear.Bootstrap // nil: none
	bootAsked     bool                 // by a flag, rather than by default
	levelGiven    bool
	given         []string
	ridge         bool                                           // the model with covariates is held by a penalty
	odds          func(lists []string) (loglinear.Offset, error) // nil: none is assumed
}

// modelFlagNames are the flags that only log-linear models have.
var modelFlagNames = []string{"model", "heterogeneity", "firth", "select", "max-order", "pthresh", "within", "boot", "boot-scheme", "boot-inner", "top-models", "search", "odds-ratio"}

// bootFlagNames are those that need --boot.
var bootFlagNames = []string{"boot-scheme", "boot-inner", "top-models", "search"}

func selectionFlags() []cli.Flag {
	return []cli.Flag{
		text("model", aboutMethod, "a fixed log-linear `MODEL` such as '[LA*NG,NG*PF]' or '[12,23]'; main effects are always in"),
		text("heterogeneity", aboutMethod, "add a term for people who differ in how easily they are listed: `FORM` chao, poisson, darroch or gamma"),
		onOff("firth", aboutMethod, "fit with Firth's penalty, which has an estimate where maximum likelihood has none"),
		text("select", aboutMethod, "how a model is selected: `HOW` auto, bic, aic, aicc or stepwise (default auto: bic up to five lists, stepwise from six)"),
		text("max-order", aboutMethod, "the most lists in one interaction, `K` (default 3 up to five lists, 2 from six)"),
		text("pthresh", aboutMethod, "stepwise: add a pair while its p-value is below `P` (default 0.02)"),
		text("within", aboutMethod, "show models within `D` units of the best one's criterion (default 6; 0: none)"),
		text("boot", aboutBoot, "repeat the choice of a selected log-linear model in `N` bootstrap replicates (default 1000 for three lists or more; 0: none, and the interval is that of the one model, in milliseconds)"),
		text("boot-scheme", aboutBoot, "how replicates are drawn: `HOW` nonparametric (default), semiparametric (default of --method incomplete) or parametric"),
		text("boot-inner", aboutBoot, "replicates within each replicate, `N`, for --interval calibrated (default 200)"),
		text("top-models", aboutBoot, "choose in each replicate among the `N` best models of the table only (default: among all when that is quick, else 100)"),
		text("search", aboutBoot, "how each replicate is searched: `HOW` exact, however long it takes, or downhill, which is fast and may miss the best model; both-ways with --covariates, however long it takes"),
	}
}

func modelFlagsOf(c *cli.Context) (modelFlags, error) {
	var f modelFlags
	window := c.Command.Name != "sensitivity" // where --within is a range of ratios
	for _, name := range modelFlagNames {
		if name == "within" && !window {
			continue
		}
		if c.IsSet(name) && !(name == "boot" && c.String(name) == "0") { // that none is wanted suits every method
			f.given = append(f.given, name)
		}
	}
	f.model, f.firth, f.levelGiven = c.String("model"), c.Bool("firth"), c.IsSet("level")
	h, err := wordFlag(c, "heterogeneity", "chao", "poisson", "darroch", "gamma")
	if err != nil {
		return f, err
	}
	f.heterogeneity = loglinear.Heterogeneity(h)
	if f.odds, err = offsetOf(c); err != nil {
		return f, err
	}
	if f.selection, err = wordFlag(c, "select", "auto", "bic", "aic", "aicc", "stepwise"); err != nil {
		return f, err
	}
	if f.maxOrder, _, err = wholeFlag(c, "max-order", 1); err != nil {
		return f, err
	}
	var set bool
	if f.threshold, set, err = numberFlag(c, "pthresh"); err != nil {
		return f, err
	}
	if set && (f.threshold <= 0 || f.threshold >= 1) {
		return f, usage("", "--pthresh %s does not lie between 0 and 1", c.String("pthresh"))
	}
	if window {
		if f.window, set, err = numberFlag(c, "within"); err != nil {
			return f, err
		}
		if set && f.window == 0 {
			f.window = -1
		}
	}
	if f.boot, f.bootAsked, err = bootFlagsOf(c); err != nil {
		return f, err
	}
	for _, pair := range [][2]string{{"firth", "heterogeneity"}, {"model", "select"}, {"model", "pthresh"},
		{"firth", "select"}, {"firth", "pthresh"}, {"firth", "max-order"}, {"firth", "within"},
		{"firth", "boot"}, {"heterogeneity", "boot"}, {"model", "top-models"}, {"model", "search"}, {"top-models", "search"},
		{"firth", "odds-ratio"}, {"heterogeneity", "odds-ratio"}, {"heterogeneity", "select"}, {"heterogeneity", "pthresh"}, {"heterogeneity", "max-order"}, {"heterogeneity", "within"}} {
		if c.IsSet(pair[0]) && c.IsSet(pair[1]) && (pair[1] != "within" || window) {
			hint := "a model is either given or selected"
			switch {
			case pair[1] == "heterogeneity", pair[1] == "odds-ratio":
				hint = "choose one of them"
			case pair[1] == "boot":
				hint = "the bootstrap repeats the choice of a log-linear model; with --" + pair[0] + " there is none"
			case pair[0] == "top-models":
				hint = "the best models of the table are all fitted"
			case pair[0] != "model":
				hint = "models with --" + pair[0] + " are not searched over: give one with --model"
			}
			return f, usage(hint, "--%s and --%s do not go together", pair[0], pair[1])
		}
	}
	return f, nil
}

// bootFlagsOf reads the flags of the bootstrap; nil when there is none. By default there is one, for the models that are
// selected, unless an interval of another kind was asked for.
func bootFlagsOf(c *cli.Context) (b *loglinear.Bootstrap, asked bool, err error) {
	n, asked, err := wholeFlag(c, "boot", 0)
	if err != nil {
		return nil, asked, err
	}
	kind := c.String("interval")
	fromReplicates := slices.Contains(bootKinds, kind)
	if !asked && (kind == "" || fromReplicates) {
		n = loglinear.DefaultReplicates
	}
	asked = asked || fromReplicates
	if n == 0 {
		if fromReplicates {
			return nil, asked, usage("leave out --boot 0", "--interval %s needs bootstrap replicates", kind)
		}
		for _, name := range bootFlagNames {
			if c.IsSet(name) {
				return nil, asked, usage("leave out --boot 0, or add --boot 1000", "--%s needs bootstrap replicates", name)
			}
		}
		return nil, asked, nil
	}
	if n == 1 {
		return nil, asked, usage("", "--boot 1: at least 2 replicates are needed, and 1000 for a 95%% interval")
	}
	b = &loglinear.Bootstrap{Replicates: n}
	scheme, err := wordFlag(c, "boot-scheme", string(loglinear.Nonparametric), string(loglinear.Semiparametric), string(loglinear.Parametric))
	if err != nil {
		return nil, asked, err
	}
	b.Scheme = loglinear.Scheme(scheme)
	var inner bool
	if b.Inner, inner, err = wholeFlag(c, "boot-inner", 2); err != nil {
		return nil, asked, err
	}
	if inner && kind != string(estimators.Calibrated) {
		return nil, asked, usage("add --interval calibrated, or leave it out", "--boot-inner is for calibrated intervals")
	}
	if b.Top, _, err = wholeFlag(c, "top-models", 1); err != nil {
		return nil, asked, err
	}
	search, err := wordFlag(c, "search", "exact", "downhill", "both-ways")
	b.Downhill, b.Exact = search == "downhill", search == "exact"
	return b, asked, err
}

// defaultLevels are the levels of bootstrap intervals where none is given.
var defaultLevels = []float64{0.95, 0.8}

// bootstrapped gives a log-linear model its bootstrap: one that was asked for, or the default one where a model is
// selected from three lists or more.
func (f modelFlags) bootstrapped(l loglinear.LogLinear, k int) loglinear.LogLinear {
	if f.boot == nil || l.Averaged || l.Firth || l.Heterogeneity != "" {
		return l
	}
	if !f.bootAsked && (k < 3 || l.Model != nil) {
		return l
	}
	l.Bootstrap = f.boot
	if !f.levelGiven {
		l.Levels = defaultLevels
	}
	return l
}

// apply gives the flags to an estimator and returns which of them it uses.
func (f modelFlags) apply(e estimators.Estimator, lists []string) (estimators.Estimator, []string, error) {
	l, ok := e.(loglinear.LogLinear)
	if !ok {
		return e, nil, nil
	}
	k := len(lists)
	var used []string
	for _, name := range f.given {
		switch name {
		case "model", "heterogeneity", "firth", "select":
			if l.As != "" {
				continue // the method is one way of selecting already
			}
		case "pthresh":
			if !f.stepwise(l, k) {
				continue
			}
		case "boot", "boot-scheme", "boot-inner":
			if l.Averaged {
				continue
			}
		case "top-models", "search":
			if l.Averaged || f.stepwise(l, k) {
				continue
			}
		case "within":
			if l.Averaged && f.window < 0 {
				return nil, nil, usage("", "an average over near-tied models needs a window: --within above 0")
			}
		}
		used = append(used, name)
		switch name {
		case "model":
			m, err := loglinear.ParseModel(f.model, lists)
			if err != nil {
				return nil, nil, usage("the lists are "+strings.Join(lists, ", ")+"; write [A*B,B*C] or, by their numbers, [12,23]", "%s", err)
			}
			l.Model = &m
		case "heterogeneity":
			l.Heterogeneity = f.heterogeneity
		case "firth":
			l.Firth = true
		case "select":
			if f.selection != "auto" {
				l.Select = loglinear.Criterion(f.selection)
			}
		case "max-order":
			if most := max(1, k-1); f.maxOrder > most {
				return nil, nil, usage("", "--max-order %d: from %d lists, interactions of at most %d can be estimated", f.maxOrder, k, most)
			}
			l.MaxOrder = f.maxOrder
		case "pthresh":
			l.Threshold = f.threshold
		case "within":
			l.Window = f.window
		case "odds-ratio":
			// Where one of the lists did not run nothing is assumed.
			if o, err := f.odds(lists); err == nil {
				l.Offset = o
			}
		}
	}
	return f.bootstrapped(l, k), used, nil
}

// stepwise reports whether a model for k lists is selected stepwise.
func (f modelFlags) stepwise(l loglinear.LogLinear, k int) bool {
	return l.Select == loglinear.Stepwise || l.As == "" && f.model == "" && (f.selection == "stepwise" || k >= 6 && (f.selection == "" || f.selection == "auto"))
}

// unused is the error for a flag that no method of the run uses.
func (f modelFlags) unused(used map[string]bool, methods []estimators.Method) error {
	var names []string
	for _, m := range methods {
		names = append(names, m.Name)
	}
	for _, name := range f.given {
		if used[name] {
			continue
		}
		if name == "top-models" || name == "search" {
			return usage("leave it out", "--%s does not apply to stepwise selection, which is a search of its own", name)
		}
		if name == "pthresh" {
			return usage("add --select stepwise, or leave it out", "--pthresh applies to stepwise selection only")
		}
		return usage("leave it out, or use --method loglinear", "--%s does not apply to %s", name, strings.Join(names, ", "))
	}
	return nil
}

// title is what a log-linear model is called when the flags say that nothing was selected.
func (f modelFlags) title() (title string, ok bool) {
	given := "independence"
	if f.model != "" {
		given = "given model"
	}
	switch {
	case f.heterogeneity != "":
		return "Log-linear, " + given + " with heterogeneity", true
	case f.firth:
		return "Log-linear, " + given + " with Firth's penalty", true
	case f.ridge && f.model == "":
		return "Log-linear, all pairs held by a ridge penalty", true
	case f.ridge:
		return "Log-linear, given model with a ridge penalty", true
	case f.model != "":
		return "Log-linear, given model", true
	}
	return "", false
}
