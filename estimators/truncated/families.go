package truncated

import (
	"fmt"

	"darkfigure/estimators"
)

// WarnFamilies warns the first estimate that is no lower bound when others of the same data lie outside its interval: how contacts are distributed among those
// never seen is then what decides, and the data do not show it (families-disagree). A lower bound counts where it lies above that interval.
func WarnFamilies(estimates []estimators.Estimate) {
	head := -1
	for i, e := range estimates {
		if e.Status != estimators.Refused && !e.LowerBound {
			head = i
			break
		}
	}
	if head < 0 {
		return
	}
	h := &estimates[head]
	own, ok := h.Interval()
	if !ok {
		return
	}
	outside := false
	least, most := h, h
	for i := range estimates {
		e := &estimates[i]
		if e.Status == estimators.Refused || e.LowerBound && e.Population <= own.Upper {
			continue
		}
		outside = outside || e.Population < own.Lower || e.Population > own.Upper
		if e.Population < least.Population {
			least = e
		}
		if e.Population > most.Population {
			most = e
		}
	}
	if outside {
		h.Warn(estimators.Warning{Code: "families-disagree", Text: fmt.Sprintf("the families run from %s (%s) to %s (%s), beyond the interval given", estimators.People(least.Population), least.Method, estimators.People(most.Population), most.Method)})
	}
}
