package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strings"

	"magicpak/elfdeps"
)

// A depsPrinter writes what was found of one file. With an error, res may be
// nil or hold what was found until then.
type depsPrinter func(name string, res *elfdeps.Result, err error)

// depsPrinters are the values of --format.
var depsPrinters = map[string]func(out *bufio.Writer, several bool) depsPrinter{
	"tree":  treePrinter,
	"paths": pathsPrinter,
	"json":  jsonPrinter,
}

// pathsPrinter prints one path a line, in the order of loading.
func pathsPrinter(out *bufio.Writer, several bool) depsPrinter {
	return func(name string, res *elfdeps.Result, _ error) {
		if res == nil {
			return
		}
		line := func(parts ...string) {
			if several {
				out.WriteString(name + "\t")
			}
			out.WriteString(strings.Join(parts, "") + "\n")
		}
		for i := range res.Libraries {
			line(res.Libraries[i].Path)
			for _, v := range res.Libraries[i].Variants {
				line(v)
			}
		}
		for _, m := range res.Missing {
			line(m.Name, " => not found")
		}
	}
}

// treePrinter prints each library once, beneath the object that asked for it
// first.
func treePrinter(out *bufio.Writer, _ bool) depsPrinter {
	return func(name string, res *elfdeps.Result, err error) {
		if res == nil {
			return
		}
		fmt.Fprintln(out, name)
		if err == nil && res.Loader == "" {
			fmt.Fprintln(out, treeIndent+"statically linked")
			return
		}
		t := newDepsTree(res)
		t.print(out, res.Path, treeIndent)
		for _, v := range res.Versions {
			fmt.Fprintf(out, "%s%v\n", treeIndent, v)
		}
		for _, err := range res.Ignored {
			fmt.Fprintf(out, "%snot preloaded: %v\n", treeIndent, err)
		}
	}
}

const treeIndent = "    "

// A depsTree holds lines for the objects by the path of who asked for each.
type depsTree struct {
	libs    map[string][]elfdeps.Library
	missing map[string][]string
}

func newDepsTree(res *elfdeps.Result) *depsTree {
	t := &depsTree{map[string][]elfdeps.Library{}, map[string][]string{}}
	for _, list := range [][]elfdeps.Library{res.Libraries, res.Dlopened} {
		for _, lib := range list {
			t.libs[lib.NeededBy] = append(t.libs[lib.NeededBy], lib)
		}
	}
	for _, m := range res.Missing {
		t.missing[m.NeededBy] = append(t.missing[m.NeededBy], m.Name)
	}
	for _, c := range res.Unmet {
		t.missing[c.By] = append(t.missing[c.By], strings.Join(c.Sonames, " or ")+" (dlopen)")
	}
	return t
}

// print writes what by asked for. What it wrote once it does not write again,
// so that a cycle ends.
func (t *depsTree) print(out *bufio.Writer, by, indent string) {
	libs, missing := t.libs[by], t.missing[by]
	delete(t.libs, by)
	delete(t.missing, by)
	for i := range libs {
		fmt.Fprintf(out, "%s%s => %s (%s)\n", indent, libs[i].Name, libs[i].Path, found(&libs[i]))
		for _, v := range libs[i].Variants {
			fmt.Fprintf(out, "%s%s => %s (for later CPUs)\n", indent, libs[i].Name, v)
		}
		t.print(out, libs[i].Path, indent+treeIndent)
	}
	for _, name := range missing {
		fmt.Fprintf(out, "%s%s => not found\n", indent, name)
	}
}

// found says how a library was found and, where it is not DT_NEEDED, who asks so.
func found(lib *elfdeps.Library) string {
	how := lib.How.String()
	switch lib.How {
	case elfdeps.HowRpath, elfdeps.HowRunpath:
		how += " of " + lib.Where
	case elfdeps.HowCache, elfdeps.HowDefault:
		how += " " + lib.Where
	}
	if lib.Kind != elfdeps.Needed && lib.Kind != elfdeps.Interp {
		how = lib.Kind.String() + ", " + how
	}
	return how
}

// jsonPrinter prints one object a line for each file. Bytes that are not UTF-8
// are replaced by U+FFFD, as JSON has no others.
func jsonPrinter(out *bufio.Writer, _ bool) depsPrinter {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return func(name string, res *elfdeps.Result, err error) {
		// The writer's error is met when it is flushed.
		_ = enc.Encode(newJSONDeps(name, res, err))
	}
}

type jsonDeps struct {
	Path      string        `json:"path"`
	Error     string        `json:"error,omitempty"`
	Loader    string        `json:"loader,omitempty"`
	Libraries []jsonLibrary `json:"libraries"`
	Dlopened  []jsonLibrary `json:"dlopened,omitempty"`
	Missing   []jsonMissing `json:"missing"`
	Versions  []jsonVersion `json:"versions,omitempty"`
	Ignored   []string      `json:"notPreloaded,omitempty"`
}

type jsonLibrary struct {
	Name     string   `json:"name"`
	Path     string   `json:"path"`
	NeededBy string   `json:"neededBy"`
	Kind     string   `json:"kind"`
	How      string   `json:"how"`
	Where    string   `json:"where,omitempty"`
	Variants []string `json:"variants,omitempty"`
}

type jsonMissing struct {
	Name     string       `json:"name"`
	NeededBy string       `json:"neededBy"`
	Kind     string       `json:"kind"`
	Searched []jsonSearch `json:"searched"`
}

type jsonSearch struct {
	How  string `json:"how"`
	Dir  string `json:"dir"`
	Note string `json:"note,omitempty"`
}

type jsonVersion struct {
	Version  string `json:"version"`
	Library  string `json:"library"`
	NeededBy string `json:"neededBy"`
}

func newJSONDeps(name string, res *elfdeps.Result, err error) *jsonDeps {
	d := &jsonDeps{Path: name, Libraries: []jsonLibrary{}, Missing: []jsonMissing{}}
	if err != nil {
		d.Error = err.Error()
	}
	if res == nil {
		return d
	}
	d.Loader = res.Loader
	d.Libraries = append(d.Libraries, jsonLibraries(res.Libraries)...)
	d.Dlopened = jsonLibraries(res.Dlopened)
	for _, m := range res.Missing {
		d.Missing = append(d.Missing, newJSONMissing(m))
	}
	for _, v := range res.Versions {
		d.Versions = append(d.Versions, jsonVersion{v.Version, v.Library, v.NeededBy})
	}
	for _, err := range res.Ignored {
		d.Ignored = append(d.Ignored, err.Error())
	}
	return d
}

func jsonLibraries(libs []elfdeps.Library) []jsonLibrary {
	var list []jsonLibrary
	for _, l := range libs {
		list = append(list, jsonLibrary{l.Name, l.Path, l.NeededBy, l.Kind.String(), l.How.String(), l.Where, l.Variants})
	}
	return list
}

func newJSONMissing(m *elfdeps.NotFoundError) jsonMissing {
	j := jsonMissing{m.Name, m.NeededBy, m.Kind.String(), []jsonSearch{}}
	for _, s := range m.Searched {
		j.Searched = append(j.Searched, jsonSearch{s.How.String(), s.Dir, s.Note})
	}
	return j
}
