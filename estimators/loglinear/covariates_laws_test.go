package loglinear_test

import (
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/loglinear"
	"darkfigure/internal/estimatortest"
)

// Tables without covariates are one group.
func TestJointLaws(t *testing.T) {
	estimatortest.Run(t, loglinear.Joint{}, estimatortest.Options{})
	if testing.Short() {
		return
	}
	estimatortest.Run(t, loglinear.Joint{As: "loglinear-aic", Select: loglinear.AIC, Kind: estimators.Wald}, estimatortest.Options{})
	estimatortest.Run(t, loglinear.Joint{As: "ridge", Ridge: loglinear.Ridge{Lambda: 0.5}}, estimatortest.Options{})
}
