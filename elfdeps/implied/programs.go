package implied

// programs: what single programs open that their strings do not tell.
var programs = []Rule{
	{
		Name:     "nginx",
		Why:      "nginx reads its configuration and what that includes, and runs as the user that it names",
		On:       Signal{Names: []string{"nginx"}},
		Shown:    true,
		Paths:    []string{"/etc/nginx", "/usr/share/nginx"},
		Accounts: []string{"www-data", "nginx"},
	},
	{
		Name:  "git",
		Why:   "git starts the programs in its libexec folder, of 24 MB, and copies templates",
		On:    Signal{Names: []string{"git"}},
		Shown: true,
		Paths: []string{"/usr/lib/git-core", "/usr/libexec/git-core", "/usr/share/git-core/templates", "/etc/gitconfig"},
	},
}
