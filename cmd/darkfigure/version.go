package main

import (
	"regexp"
	"runtime/debug"
)

// version is set when a release is built: -ldflags '-X main.version=v1.2.3'.
var version string

// currentVersion is what --version prints and results carry: the version the build was given, else that
// of the module or commit it was built from, else devel.
func currentVersion() string {
	if version != "" {
		return version
	}
	info, _ := debug.ReadBuildInfo()
	return versionOf(info)
}

// pseudo is a module version that the go command made of a commit.
var pseudo = regexp.MustCompile(`\d{14}-[0-9a-f]{12}`)

// versionOf is the tag the module was built from, else the first twelve digits of the commit, with +dirty when files
// were changed since.
func versionOf(info *debug.BuildInfo) string {
	if info == nil {
		return "devel"
	}
	tag := info.Main.Version
	if tag != "" && tag != "(devel)" && !pseudo.MatchString(tag) {
		return tag
	}
	revision, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+dirty"
		}
	}
	switch {
	case revision != "":
		return revision + dirty
	case pseudo.MatchString(tag): // a module from a proxy, built without its repository
		return tag
	}
	return "devel"
}
