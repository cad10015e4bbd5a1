package elfdeps

import "slices"

// checkVersions looks up every symbol version that the mapped objects want, as
// _dl_check_map_versions in glibc's dl-version.c does. musl does not check.
func (r *run) checkVersions() {
	if r.policy.Libc != Glibc {
		return
	}
	for _, l := range r.list {
		for _, need := range l.obj.Needs {
			if def := r.provider(need.File); def != nil {
				r.compare(l, need, def)
			}
		}
	}
}

// provider returns the mapped object known as file: by its path or a name by
// which it was asked for.
func (r *run) provider(file string) *link {
	for _, l := range r.loaded {
		if l.answers(file) {
			return l
		}
	}
	return nil
}

// compare reports the versions that def lacks. A library without any version
// definitions serves for all.
func (r *run) compare(l *link, need VersionNeed, def *link) {
	if def.obj.Defines == nil {
		return
	}
	for _, v := range need.Versions {
		if !v.Weak && !slices.Contains(def.obj.Defines, v.Name) {
			r.res.Versions = append(r.res.Versions, &VersionError{Version: v.Name, Library: def.path, NeededBy: l.path})
		}
	}
}
