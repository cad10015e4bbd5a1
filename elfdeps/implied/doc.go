// Package implied knows what programs load by themselves, without any ELF
// header that says so: the C library's name service, locales and conversion
// modules, the certificates that OpenSSL trusts, the modules of interpreters,
// folders of plugins.
//
// What it knows is a table ([Table]). Each [Rule] has a [Signal], which is data:
// symbols that an object imports, library names, paths among its strings, the
// name of an executable, a file that was opened in a run. And it says what it
// brings: paths, folders and libraries in the root, or files that magicpak makes.
// Where a path depends on the distribution it is taken, as far as possible, from
// the strings of the object that opens it.
//
// An [Engine] is shown one object after the other ([Engine.Look]), whatever
// brought it, also those that rules bring, and says what each implies. It reads
// the root that it is given and nothing else, so it works for a foreign root too.
package implied
