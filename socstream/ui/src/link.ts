/** Takes the code out of a link that signs in (`#code=…`), and out of the address bar and the history, too. */
export function takeCode(
  location: Pick<Location, 'hash' | 'pathname' | 'search'>,
  history: Pick<History, 'replaceState'>,
): string | null {
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (code === null) return null;
  history.replaceState(null, '', location.pathname + location.search);
  return code;
}
