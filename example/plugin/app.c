// Loads the plugin that app.conf, in the program's folder, names.
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
  char plugin[256] = "";
  FILE *config;
  if (chdir("/opt/app") != 0 || (config = fopen("app.conf", "r")) == NULL)
    return perror("app.conf"), 1;
  if (fgets(plugin, sizeof plugin, config) != NULL)
    plugin[strcspn(plugin, "\n")] = '\0';
  void *handle = dlopen(plugin, RTLD_NOW);
  if (handle == NULL)
    return fprintf(stderr, "%s\n", dlerror()), 1;
  puts(((const char *(*)(void))dlsym(handle, "greeting"))());
  return 0;
}
