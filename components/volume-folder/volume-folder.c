/* volume-folder: makes or removes the folder of one volume of a node.
 *
 * local-path-provisioner starts it in a pod on the volume's node, with its own four options:
 *   -p PATH  -s BYTES  -m Filesystem|Block  -a create|delete
 * PATH must be a folder directly below the one of all volumes; nothing else is ever made or removed. The size is not
 * looked at: a folder has none.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STRINGIFY(x) #x
#define VERSION_STRING(x) STRINGIFY(x)

#ifndef VERSION
#define VERSION HEAD
#endif

static const char FOLDER[] = "/var/lib/kubelab/volumes/";

static int fail(const char *what, const char *path) {
  fprintf(stderr, "volume-folder: %s: %s: %s\n", what, path, strerror(errno));
  return 1;
}

static int is_volume(const char *path) {
  size_t length = sizeof FOLDER - 1;
  if (strncmp(path, FOLDER, length) != 0)
    return 0;
  const char *name = path + length;
  return *name && *name != '.' && !strchr(name, '/');
}

static int create(const char *path) {
  umask(0);
  if (mkdir(path, 0777) != 0 && errno != EEXIST)
    return fail("cannot make", path);
  return 0;
}

static int drop(const char *path, const struct stat *status, int type, struct FTW *place) {
  (void)status;
  (void)type;
  (void)place;
  return remove(path) != 0 && errno != ENOENT ? fail("cannot remove", path) : 0;
}

static int delete(const char *path) {
  /* Neither through links nor into other file systems. */
  if (nftw(path, drop, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0)
    return errno == ENOENT ? 0 : fail("cannot remove", path);
  return 0;
}

int main(int argc, char **argv) {
  const char *path = NULL, *action = "";
  int option;
  while ((option = getopt(argc, argv, "p:s:m:a:v")) != -1) {
    if (option == 'p')
      path = optarg;
    else if (option == 'a')
      action = optarg;
    else if (option == 'v')
      return printf("volume-folder %s\n", VERSION_STRING(VERSION)) < 0;
    else if (option == '?')
      return 2;
  }
  if (!path || !is_volume(path)) {
    fprintf(stderr, "volume-folder: no volume of this lab: %s\n", path ? path : "(none)");
    return 2;
  }
  if (strcmp(action, "create") == 0)
    return create(path);
  if (strcmp(action, "delete") == 0)
    return delete(path);
  fprintf(stderr, "volume-folder: no such action: %s\n", action);
  return 2;
}
