# What ./headrace, ./verify and the scripts in perf need of the machine. Sourced by them; needs bash.

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin # Debian's root programs; a plain su leaves them out.

say() { echo "headrace: $*" >&2; }

# The home of a JDK of version 25 or newer: JAVA_HOME's, that of java on the PATH, or one under /usr/lib/jvm.
find_jdk() {
  local home version
  for home in "${JAVA_HOME-}" "$(java_on_path)" /usr/lib/jvm/*; do
    [[ -x $home/bin/javac && -r $home/release ]] || continue
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release")
    if ((${version:-0} >= 25)); then
      echo "$home"
      return
    fi
  done
  say "no JDK 25 or newer in JAVA_HOME, on the PATH or under /usr/lib/jvm; get one from https://adoptium.net"
  return 1
}

java_on_path() {
  local java
  java=$(command -v java) && dirname -- "$(dirname -- "$(readlink -f -- "$java")")"
}

need_maven() {
  command -v mvn >/dev/null || {
    say "Maven is missing; install it with: apt-get install maven"
    return 1
  }
}

# need_packages PACKAGE...: installs what is missing if root, else says so; fails if something stays missing.
need_packages() {
  local package missing=()
  for package; do
    is_there "$package" || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
    say "missing: ${missing[*]}; install with: sudo apt-get install --no-install-recommends ${missing[*]}"
    return 1
  fi
  say "installing ${missing[*]} ..."
  local log
  log=$(mktemp)
  if ! install_packages "${missing[@]}" >"$log" 2>&1; then
    say "cannot install ${missing[*]}: $(grep '^E:' "$log" | head -n 3 | tr '\n' ' ')"
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

# Looks for what the package is wanted for: it may have come from elsewhere, and this takes no process.
is_there() {
  case $1 in
    nginx-light) command -v nginx ;;
    nftables) command -v nft ;;
    iproute2) command -v ip ;;
    postgresql) command -v pgbench && compgen -G '/usr/lib/postgresql/*/bin/postgres' ;;
    redis-tools) command -v redis-benchmark ;;
    libnginx-mod-stream) compgen -G '/usr/lib/nginx/modules/ngx_stream_module.so' ;;
    libpcap0.8) compgen -G '/usr/lib/*/libpcap.so.0.8' || compgen -G '/usr/lib*/libpcap.so*' ;;
    *) command -v "$1" ;;
  esac >/dev/null
}

# In a subshell, so that its trap undoes what it did however it ends.
install_packages() (
  export DEBIAN_FRONTEND=noninteractive
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    # Exit status 101 forbids every start (invoke-rc.d(8)): nginx and the like are wanted as programs, not as services.
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  get=(apt-get -q -y -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 install --no-install-recommends "$@")
  "${get[@]}" || { apt-get -q update && "${get[@]}"; } || exit
  # Nor shall they start with the next boot.
  if [[ " $* " == *" nginx-light "* ]]; then
    update-rc.d nginx disable || true
  fi
  for service in redis-server postgresql haproxy prometheus; do
    if [[ " $* " == *" $service "* ]]; then
      update-rc.d "$service" disable || true
    fi
  done
)

# in_own_network COMMAND...: runs it in a network namespace with the address 192.0.2.1 and an empty /run. Needs no root where
# the kernel gives everyone namespaces.
in_own_network() {
  local user=()
  ((EUID == 0)) || user=(--user --map-root-user)
  unshare ${user[@]+"${user[@]}"} --net --mount sh -ec '
    mount -t tmpfs tmpfs /run
    ip link add name eth0 type veth peer name eth1
    ip address add 192.0.2.1/24 dev eth0
    for link in lo eth0 eth1; do ip link set "$link" up; done
    exec "$@"' sh "$@"
}
