package main

import (
	"slices"
	"strconv"
	"strings"

	"magicpak/bundler"
	"magicpak/rootfs"
)

// addAccounts makes the files of users and groups, where a rule wants them.
func (b *bundling) addAccounts() error {
	if len(b.implying.accounts) == 0 {
		return nil
	}
	o := b.implying.wanted
	users := b.users()
	if err := b.addMade("/etc/passwd", text(users), o); err != nil {
		return err
	}
	return b.addMade("/etc/group", text(b.groups(users)), o)
}

// An account is a line of passwd(5) or group(5), split at its colons.
type account []string

func text(list []account) string {
	var s strings.Builder
	for _, a := range list {
		s.WriteString(strings.Join(a, ":") + "\n")
	}
	return s.String()
}

// accounts reads a file of the root. Lines that are malformed are left out.
func (b *bundling) accounts(file string, fields int) []account {
	data, _ := rootfs.ReadFile(b.tree, file, 4<<20)
	var list []account
	for line := range strings.Lines(string(data)) {
		a := account(strings.Split(strings.TrimSpace(line), ":"))
		if len(a) == fields && a[0] != "" {
			a[1] = "x" // a password is nobody's business
			list = append(list, a)
		}
	}
	return list
}

// named returns the account of that name, or fallback.
func named(list []account, name string, fallback account) account {
	if i := slices.IndexFunc(list, func(a account) bool { return a[0] == name }); i >= 0 {
		return list[i]
	}
	return fallback
}

// users returns the wanted users and the owners of the bundle's files, as the
// root knows them. There is always root and nobody.
func (b *bundling) users() []account {
	all := b.accounts("/etc/passwd", 7)
	list := []account{named(all, "root", account{"root", "x", "0", "0", "root", "/root", "/bin/sh"})}
	add := func(a account) {
		if a != nil && !slices.ContainsFunc(list, func(have account) bool { return have[0] == a[0] }) {
			list = append(list, a)
		}
	}
	for _, name := range b.implying.accounts {
		add(named(all, name, nil))
	}
	owners := b.owners(func(e *bundler.Entry) uint32 { return e.Stat.Uid })
	for _, a := range all {
		if owners[a[2]] {
			add(a)
		}
	}
	add(named(all, "nobody", account{"nobody", "x", "65534", "65534", "nobody", "/nonexistent", "/usr/sbin/nologin"}))
	return list
}

// groups returns the groups of the users and of the bundle's files.
func (b *bundling) groups(users []account) []account {
	wanted := b.owners(func(e *bundler.Entry) uint32 { return e.Stat.Gid })
	for _, u := range users {
		wanted[u[3]] = true
	}
	var list []account
	for _, g := range b.accounts("/etc/group", 4) {
		if wanted[g[2]] || slices.Contains(b.implying.accounts, g[0]) {
			g[3] = strings.Join(members(g[3], users), ",")
			list = append(list, g)
			delete(wanted, g[2])
		}
	}
	for _, made := range []account{{"nogroup", "x", "65534", ""}, {"root", "x", "0", ""}} {
		if wanted[made[2]] {
			list = append([]account{made}, list...)
		}
	}
	return list
}

// members returns those members of a group that are among the users.
func members(list string, users []account) []string {
	return slices.DeleteFunc(strings.Split(list, ","), func(name string) bool { return named(users, name, nil) == nil })
}

// owners returns the numbers that own the bundle's files.
func (b *bundling) owners(of func(*bundler.Entry) uint32) map[string]bool {
	ids := map[string]bool{}
	for e := range b.manifest.Entries() {
		ids[strconv.FormatUint(uint64(of(e)), 10)] = true
	}
	return ids
}
