package main

import (
	"fmt"
	"strings"

	"magicpak/bundler"
)

// phrases word the kinds of reasons. One that ends in a blank is followed by
// the path that wants the file.
var phrases = map[bundler.Kind]string{
	bundler.Needed:            "needed by ",
	bundler.Interpreter:       "program interpreter of ",
	bundler.ScriptInterpreter: "interpreter of script ",
	bundler.Preload:           "preloaded for ",
	bundler.DlopenNote:        "named in a dlopen note of ",
	bundler.Variant:           "for later CPUs, a build of ",
	bundler.Executed:          "executed by ",
	bundler.Opened:            "opened by ",
	bundler.Listed:            "listed by ",
	bundler.Changed:           "as it was before it was changed by ",
	bundler.Removed:           "as it was before it was removed by ",
	bundler.LinkRead:          "link read by ",
	bundler.LookedAt:          "looked at by ",
	bundler.FilledFolder:      "a file was made in it by ",
	bundler.InListed:          "completes the listed folder ",
	bundler.OnTheWay:          "on the way to ",
	bundler.MadeFolder:        "made by --mkdir",
	bundler.LoaderCache:       "lists libraries outside of the loader's folders",
}

// phrase words a reason up to the path that wants the file.
func phrase(o bundler.Origin) string {
	switch {
	case o.Kind == bundler.Included:
		return "included by --include " + o.Detail
	case o.Kind == bundler.Repaired:
		return "missed by the test: " + o.Detail
	case o.Kind == bundler.With:
		return "added by --with " + o.Detail
	case o.Kind == bundler.Expanded && o.Detail != "":
		return fmt.Sprintf("of package %s, as is ", o.Detail)
	case o.Kind == bundler.Expanded:
		return "in a folder of modules with "
	case o.Kind == bundler.Implied:
		return fmt.Sprintf("implied (%s) by ", o.Detail)
	case o.Kind == bundler.ScriptInterpreter && o.Detail != "":
		return fmt.Sprintf("started by %s for script ", o.Detail)
	case phrases[o.Kind] != "":
		return phrases[o.Kind]
	}
	return string(o.Kind)
}

// reason words why a file is in the bundle.
func reason(o bundler.Origin) string {
	p := phrase(o)
	if o.By == "" && strings.HasSuffix(p, " by ") {
		return strings.TrimSuffix(p, " by ") + " in the run of " + o.Detail
	}
	if o.By == "" {
		return strings.TrimSuffix(p, " to ")
	}
	if strings.HasSuffix(p, " ") {
		p += o.By
	}
	return p
}
