package main

import "runtime/debug"

// version is set when a release is built: -ldflags '-X main.version=v1.2.3'.
var version string

// currentVersion is what --version prints and results carry: the version the build was given, else that
// of the module or commit it was built from, else devel.
func currentVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
