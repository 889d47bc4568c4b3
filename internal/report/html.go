package report

import "strings"

// A page lays results out as HTML.
type page struct {
	*view
	strings.Builder
}

func (p *page) results() {}
