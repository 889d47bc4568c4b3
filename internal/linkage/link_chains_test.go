package linkage

import "testing"

// Chains of duplicates with an R-hat of up to 1.05 are not warned of, those above it are.
func TestWarnOfChains(t *testing.T) {
	for rhat, want := range map[float64]int{0: 0, 1.05: 0, 1.06: 1} {
		l := &Linked{Duplicates: &Duplicates{RHat: rhat}}
		l.warnOfChains()
		if len(l.Warnings) != want || want == 1 && l.Warnings[0].Code != "linkage-chains-disagree" {
			t.Errorf("R-hat %v: %v", rhat, l.Warnings)
		}
	}
}
