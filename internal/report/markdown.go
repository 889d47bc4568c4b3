package report

import "strings"

// A markdown lays results out as Markdown with pipe tables.
type markdown struct {
	*view
	strings.Builder
}

func (m *markdown) results() {}
