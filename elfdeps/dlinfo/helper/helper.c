/*
 * Tells on descriptor 3 what the loader maps. Each record is a letter, a name
 * and a value, each of these two with a NUL behind it:
 *
 *	O "" PATH     was mapped before anything was asked for
 *	F NAME PATH   serves NAME
 *	E NAME TEXT   is what dlerror(3) says of NAME
 *	M "" PATH     is mapped at the end
 *
 * Arguments: a library that needs all the names, "" when this program does so
 * itself, and the names.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

static void put(const char *s, size_t n)
{
	while (n > 0) {
		ssize_t done = write(3, s, n);
		if (done <= 0)
			_exit(1);
		s += done;
		n -= done;
	}
}

static void record(char letter, const char *name, const char *value)
{
	put(&letter, 1);
	put(name, strlen(name) + 1);
	put(value, strlen(value) + 1);
}

static void list(char letter)
{
	struct link_map *m;
	void *self = dlopen(0, RTLD_LAZY);

	if (!self || dlinfo(self, RTLD_DI_LINKMAP, &m) != 0)
		_exit(1);
	for (; m; m = m->l_next)
		if (m->l_name && strchr(m->l_name, '/'))
			record(letter, "", m->l_name);
}

static int ask(const char *name, int mode)
{
	struct link_map *m;
	const char *text;
	void *lib = dlopen(name, RTLD_LAZY | mode);

	if (lib && dlinfo(lib, RTLD_DI_LINKMAP, &m) == 0) {
		record('F', name, m->l_name);
		return 1;
	}
	text = dlerror();
	record('E', name, text ? text : "is not loaded");
	return 0;
}

int main(int argc, char **argv)
{
	const char *group = argv[1];
	int i, mode = RTLD_NOLOAD;

	if (*group) {
		list('O');
		/* All at once, as at the start of a program; where that fails, each. */
		if (!ask(group, 0))
			mode = 0;
	}
	for (i = 2; i < argc; i++)
		ask(argv[i], mode);
	list('M');
	_exit(0);
}
