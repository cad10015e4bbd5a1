package main

// dlinfoFlags say who tells where a library is.
type dlinfoFlags struct {
	resolver string
	given    bool // --resolver was used
	cc       string
	noLoad   bool
}

// A dlinfoPlan is how the loader itself is asked.
type dlinfoPlan struct {
	cc     string
	noLoad bool
}

// setDlinfo takes --resolver. --experimental-noload-resolver, which is the
// original's, means dlinfo.
func (p *plan) setDlinfo(f *dlinfoFlags) error {
	if err := oneOf("resolver", f.resolver, "native", "dlinfo"); err != nil {
		return err
	}
	if f.noLoad && f.given && f.resolver == "native" {
		return misuse("--experimental-noload-resolver contradicts --resolver native")
	}
	if f.resolver == "native" && !f.noLoad {
		return nil
	}
	if p.root != "/" {
		return &usageError{
			"--resolver dlinfo asks this machine's loaders, and --root " + p.root + " is another root file system",
			"leave it out: the native resolver follows the rules of the loader in that root",
		}
	}
	p.dlinfo = &dlinfoPlan{f.cc, f.noLoad}
	return nil
}
