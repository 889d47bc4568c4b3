package main

import (
	"runtime/debug"
	"testing"
)

func TestVersionOf(t *testing.T) {
	commit := []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}, {Key: "vcs.modified", Value: "true"}}
	for _, c := range []struct {
		tag      string
		settings []debug.BuildSetting
		want     string
	}{
		{"(devel)", nil, "devel"},
		{"", commit[:1], "0123456789ab"},
		{"(devel)", commit, "0123456789ab+dirty"},
		{"v0.0.0-20250102030405-0123456789ab+dirty", commit, "0123456789ab+dirty"},
		{"v1.2.3", commit[:1], "v1.2.3"},
		{"v0.0.0-20250102030405-0123456789ab", nil, "v0.0.0-20250102030405-0123456789ab"},
	} {
		if got := versionOf(&debug.BuildInfo{Main: debug.Module{Version: c.tag}, Settings: c.settings}); got != c.want {
			t.Errorf("%q: %s, want %s", c.tag, got, c.want)
		}
	}
	if got := versionOf(nil); got != "devel" {
		t.Errorf("without build information: %s", got)
	}
}
