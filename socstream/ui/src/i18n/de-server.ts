/** What the server says in words alone: refusals, and what is wrong with a field. `{…}` stands for what differs. */
const said: Readonly<Record<string, string>> = {
  // fields
  'is missing': 'fehlt',
  'must be text': 'muss ein Text sein',
  'must be a text': 'muss ein Text sein',
  'must be a list': 'muss eine Liste sein',
  'must be an object': 'muss ein Objekt sein',
  'must be text or an object': 'muss ein Text oder ein Objekt sein',
  'must be true or false': 'muss true oder false sein',
  'must be a JSON object': 'muss ein JSON-Objekt sein',
  'must be one of {choices}': 'muss eines von diesen sein: {choices}',
  'must be a whole number {wanted}': 'muss eine ganze Zahl sein ({wanted})',
  'must be a number between {low} and {high}': 'muss eine Zahl zwischen {low} und {high} sein',
  'must not be empty': 'darf nicht leer sein',
  'must not be longer than {longest} characters': 'darf nicht mehr als {longest} Zeichen haben',
  'must not be larger than {largest} bytes': 'darf nicht größer als {largest} Bytes sein',
  'must not hold control characters or invisible marks':
    'darf keine Steuerzeichen oder unsichtbaren Zeichen enthalten',
  'is not a field that can be set': 'ist kein Feld, das sich setzen lässt',
  'must be an ISO 8601 time with its zone': 'muss eine Zeit nach ISO 8601 mit ihrer Zone sein',
  'must be an ISO 8601 time with its zone, such as {example}':
    'muss eine Zeit nach ISO 8601 mit ihrer Zone sein, etwa {example}',
  'must be a time that there is in UTC': 'muss eine Zeit sein, die es in UTC gibt',
  'must not be later than until': 'darf nicht später als until sein',
  'must be sent alone': 'muss allein geschickt werden',

  // where a camera is
  'must be an IP address or a host name': 'muss eine IP-Adresse oder ein Rechnername sein',
  'is longer than {longest} characters': 'hat mehr als {longest} Zeichen',
  'has a character that no URL may hold (space, quote, control character, “#” …)':
    'hat ein Zeichen, das in keiner URL stehen darf (Leerzeichen, Anführungszeichen, Steuerzeichen, „#“ …)',
  'must begin with rtsp://, rtsps://, http:// or https://':
    'muss mit rtsp://, rtsps://, http:// oder https:// beginnen',
  'holds more than one “@” before the path; write it as %40 in a password':
    'hat mehr als ein „@“ vor dem Pfad; in einem Passwort %40 dafür schreiben',
  'is not a URL that we can read': 'ist keine URL, die wir lesen können',
  'has a port outside 1 to 65535': 'hat einen Port außerhalb von 1 bis 65535',
  'has no host': 'nennt keinen Rechner',
  'has an IPv6 zone; use a global or site address':
    'hat eine IPv6-Zone; eine globale oder lokale Adresse nehmen',
  'has an IPv6 address that cannot be read': 'hat eine IPv6-Adresse, die sich nicht lesen lässt',
  'has an address in a form that is not four plain numbers':
    'hat eine Adresse, die nicht aus vier einfachen Zahlen besteht',
  'has a host name with characters that no host name may hold':
    'hat einen Rechnernamen mit Zeichen, die in keinem stehen dürfen',
  'has half a character (a lone surrogate) in the user or the password':
    'hat ein halbes Zeichen (ein einzelnes Surrogat) in Benutzer oder Passwort',
  'has a NUL character in the user or the password': 'hat ein NUL-Zeichen in Benutzer oder Passwort',
  'has a user and password of more than {longest} characters, percent-encoded':
    'hat Benutzer und Passwort mit mehr als {longest} Zeichen, prozentkodiert',
  'is where this server itself listens': 'führt zu diesem Server selbst',
  "has port {port}, which belongs to another service than a camera's":
    'hat den Port {port}, der zu einem anderen Dienst gehört als dem einer Kamera',
  'is outside of the networks that cameras may be in':
    'liegt außerhalb der Netze, in denen Kameras sein dürfen',
  'is a loopback address of this server': 'ist eine Loopback-Adresse dieses Servers',
  'is not an address of a single host on the camera networks':
    'ist keine Adresse eines einzelnen Rechners in den Kameranetzen',
  'can be probed for rtsp and rtsps only': 'lässt sich nur bei rtsp und rtsps testen',
  'is an address that this network translates to another one':
    'ist eine Adresse, die dieses Netz in eine andere übersetzt',

  // tables
  'has more than {most} lines below its header': 'hat mehr als {most} Zeilen unter der Kopfzeile',
  'is no CSV from line {line} on: {error}': 'ist ab Zeile {line} kein CSV: {error}',
  'is missing: name the columns, such as {columns}': 'fehlt: die Spalten nennen, etwa {columns}',
  'has no column “{name}”': 'hat keine Spalte „{name}“',
  'has the column “{name}”, which is none of {columns}': 'hat die Spalte „{name}“, keine von {columns}',
  'has the column “{name}” twice': 'hat die Spalte „{name}“ zweimal',
  'has {count} cells, and the header has {wanted}': 'hat {count} Zellen, und die Kopfzeile {wanted}',
  'holds {hidden}, where an export left out a secret: write it there':
    'enthält {hidden}, wo ein Export ein Geheimnis ausließ: es dort eintragen',
  'is not UTF-8 (byte {at}); save the table as “CSV UTF-8”':
    'ist kein UTF-8 (Byte {at}); die Tabelle als „CSV UTF-8“ speichern',

  // people
  'must have {shortest} to {longest} characters': 'muss {shortest} bis {longest} Zeichen haben',
  'must have 1 to 64 printable characters, and no space at its ends':
    'muss 1 bis 64 druckbare Zeichen haben, und keine Leerzeichen am Rand',
  'must have 1 to 100 printable characters': 'muss 1 bis 100 druckbare Zeichen haben',
  'must have at most 100 printable characters': 'darf höchstens 100 druckbare Zeichen haben',
  'must be empty or an e-mail address': 'muss leer oder eine E-Mail-Adresse sein',
  'must be a language tag such as “en” or “de-AT”': 'muss eine Sprache sein, etwa „en“ oder „de-AT“',
  'must be the name of a time zone such as “UTC” or “Europe/Berlin”':
    'muss eine Zeitzone sein, etwa „UTC“ oder „Europe/Berlin“',
  "must not be the user's own name or e-mail": 'darf nicht der eigene Name oder die eigene E-Mail sein',
  'must hold at least one role': 'muss mindestens eine Rolle enthalten',
  'must be a list of at least one role': 'muss eine Liste mit mindestens einer Rolle sein',
  'must be a list of camera ids, or null for all cameras':
    'muss eine Liste von Kamera-IDs sein, oder null für alle Kameras',
  'must hold camera ids only': 'darf nur Kamera-IDs enthalten',
  'must hold camera ids': 'muss Kamera-IDs enthalten',
  'must not be higher than your own': 'darf nicht höher als Ihre eigene sein',
  'must hold only cameras that you may see yourself':
    'darf nur Kameras enthalten, die Sie selbst sehen dürfen',
  'must be in the future': 'muss in der Zukunft liegen',
  'is not your password': 'ist nicht Ihr Passwort',
  'must be your own; administrators may name another one':
    'muss Ihr eigener sein; nur Administratoren dürfen einen anderen nennen',
  'must be of a VIEWER: a screen on a wall needs no more':
    'muss der eines Betrachters sein: mehr braucht ein Bildschirm an der Wand nicht',

  // walls
  'must not be more than {most}, with those that you may not see':
    'dürfen nicht mehr als {most} sein, mit denen, die Sie nicht sehen dürfen',
  'must end within the {grid} columns': 'muss innerhalb der {grid} Spalten enden',
  'must end within the {grid} rows of its page': 'muss innerhalb der {grid} Zeilen seiner Seite enden',
  'lies where a camera is that you may not see': 'liegt, wo eine Kamera ist, die Sie nicht sehen dürfen',
  'overlaps {other}': 'überlappt {other}',
  'shows the camera of {other} on the same page': 'zeigt die Kamera von {other} auf derselben Seite',
  'is no camera that you can see': 'ist keine Kamera, die Sie sehen dürfen',
  'must be a list of at least one page, or null for all that have a tile':
    'muss eine Liste mit mindestens einer Seite sein, oder null für alle mit einer Kachel',
  'must name each page once': 'muss jede Seite einmal nennen',
  'must be a camera id': 'muss eine Kamera-ID sein',

  // refusals
  'There is no camera with this id.': 'Es gibt keine Kamera mit dieser ID.',
  'Another camera is called “{name}” already.': 'Eine andere Kamera heißt schon „{name}“.',
  'There is no wall with this id.': 'Es gibt keine Wand mit dieser ID.',
  'Another wall of the same owner is called “{name}” already.':
    'Eine andere Wand desselben Besitzers heißt schon „{name}“.',
  'There may be {one} walls for each owner, and {all} in all: delete one first.':
    'Jeder darf {one} Wände haben, alle zusammen {all}: erst eine löschen.',
  'The camera is in maintenance; end that first.': 'Die Kamera ist in Wartung; erst die beenden.',
  'Edit conflict: version {given} was changed meanwhile, the current one is {current}. Load the {what} again and repeat the edit.':
    'Jemand anders war schneller: Fassung {given} wurde inzwischen geändert, jetzt gilt {current}. Neu laden und die Änderung wiederholen.',
  'Wrong user name or password.': 'Benutzername oder Passwort ist falsch.',
  'This token is not valid any more; log in again.': 'Diese Anmeldung gilt nicht mehr; bitte neu anmelden.',
  'Too many log-ins at the moment; wait a little.': 'Zu viele Anmeldungen gerade; bitte kurz warten.',
  'There is no such user.': 'Diesen Benutzer gibt es nicht.',
  'Another user has this user name or e-mail already.':
    'Ein anderer Benutzer hat schon diesen Namen oder diese E-Mail.',
  'This is the last active administrator; make another one first.':
    'Das ist der letzte aktive Administrator; erst einen anderen anlegen.',
  'There is no API token with this id.': 'Es gibt kein API-Token mit dieser ID.',
  'Your last probe still runs; wait for its end.': 'Ihr letzter Test läuft noch; bitte sein Ende abwarten.',
  'You ask too often; wait a moment.': 'Sie fragen zu oft; bitte kurz warten.',
  'Log in first: this needs a valid access token.': 'Bitte erst anmelden.',
  'Your account is for certain cameras only: it cannot add others.':
    'Ihr Zugang gilt nur für bestimmte Kameras: andere hinzufügen kann er nicht.',
  'This is for those who may see every camera.': 'Das ist für die, die jede Kamera sehen dürfen.',
  'Only its owner and managers may change this wall.':
    'Nur ihr Besitzer und wer Kameras verwaltet darf diese Wand ändern.',
  'Your role does not allow this.': 'Ihre Rolle erlaubt das nicht.',
  'Log in for this: it is for users, and not for API tokens.':
    'Dafür bitte anmelden: es ist für Benutzer, nicht für API-Token.',
  'The X-API-Key is not valid.': 'Der X-API-Key gilt nicht.',
  'Only our own page may do this with its cookie, and it sends “{header}: 1”.':
    'Das darf mit ihrem Cookie nur unsere eigene Seite, und die schickt „{header}: 1“.',
  'Pages of this origin may not listen here; `cors_origins` lists those that may.':
    'Seiten dieser Herkunft dürfen hier nicht zuhören; in `cors_origins` stehen die, die dürfen.',
  'This server does not go by that name; `server.allowed_hosts` lists its names.':
    'So heißt dieser Server nicht; seine Namen stehen in `server.allowed_hosts`.',
  'A request needs exactly one Host header, with a host and a port if need be.':
    'Eine Anfrage braucht genau einen Host-Header, mit Rechner und, wenn nötig, Port.',
  'That is not a request that HTTP knows.': 'Das ist keine Anfrage, die HTTP kennt.',
  'There is nothing at this URL.': 'Unter dieser URL gibt es nichts.',
  'This URL does not know that method.': 'Diese URL kennt diese Methode nicht.',
  'The page has no such file.': 'Die Seite hat keine solche Datei.',

  // bodies
  'The body is larger than {largest} KiB.':
    'Das ist zu groß: mehr als {largest} KiB nimmt der Server nicht an.',
  'The body did not come in time.': 'Die Daten kamen nicht rechtzeitig an.',
  'The body is not encoded as its headers say.': 'Die Daten sind nicht so kodiert, wie ihre Header sagen.',
  'Send the body as JSON, with “Content-Type: application/json”.':
    'Die Daten müssen JSON sein, mit „Content-Type: application/json“.',
  'Send the body as CSV in UTF-8, with “Content-Type: text/csv”.':
    'Die Daten müssen CSV in UTF-8 sein, mit „Content-Type: text/csv“.',
  'Send the body as it is, without “Content-Encoding”.':
    'Die Daten müssen unverändert kommen, ohne „Content-Encoding“.',
  'The body is not UTF-8 (byte {at}).': 'Die Daten sind kein UTF-8 (Byte {at}).',
  'The body is not JSON: line {line}, column {column}.':
    'Die Daten sind kein JSON: Zeile {line}, Spalte {column}.',
  'The body is nested deeper than {deepest} levels.':
    'Die Daten sind tiefer als {deepest} Ebenen verschachtelt.',
  'The body has the key {key} twice in one object.': 'In den Daten steht {key} zweimal in einem Objekt.',
  'The body holds {text}, which JSON does not know.': 'In den Daten steht {text}, das JSON nicht kennt.',
  'The body holds the number {number}, which is too large.':
    'In den Daten steht die Zahl {number}, die zu groß ist.',
  'The body has a lone surrogate{place}.':
    'In den Daten steht ein halbes Zeichen (ein einzelnes Surrogat){place}.',

  // what does not work
  'The database is being read by another process at the moment.':
    'Die Datenbank wird gerade von einem anderen Programm gelesen.',
  'The database is busy with other writes at the moment.':
    'Die Datenbank ist gerade mit anderen Änderungen beschäftigt.',
  'The database is closed: the server is stopping.': 'Die Datenbank ist zu: der Server hält gerade an.',
  'The database cannot be opened: journal mode {mode} instead of WAL.':
    'Die Datenbank lässt sich nicht öffnen: Journal {mode} statt WAL.',
  'The database cannot be opened: it is damaged ({what}).':
    'Die Datenbank lässt sich nicht öffnen: sie ist beschädigt ({what}).',
  'The database cannot be {what} at the moment: {why}.':
    'Die Datenbank lässt sich im Moment nicht benutzen: {why}.',
  'The database cannot be {what}: {why}.': 'Die Datenbank lässt sich nicht benutzen: {why}.',
  'The record of user {id} cannot be read.': 'Der Eintrag des Benutzers {id} ist nicht lesbar.',
  'The record of session {id} cannot be read.': 'Der Eintrag der Sitzung {id} ist nicht lesbar.',
  'The record of API token {id} cannot be read.': 'Der Eintrag des API-Tokens {id} ist nicht lesbar.',
  'The record of camera {id} cannot be read.': 'Der Eintrag der Kamera {id} ist nicht lesbar.',
  'The record of wall {id} cannot be read.': 'Der Eintrag der Wand {id} ist nicht lesbar.',
  'Not ready: {problems}.': 'Nicht bereit: {problems}.',
  'This box has too many files open.': 'Auf diesem Rechner sind zu viele Dateien offen.',
  'Too many playlists of starting cameras are being waited for; try again soon.':
    'Es wird schon auf zu viele startende Kameras gewartet; bitte gleich noch einmal versuchen.',
  'There is no such segment, or it has left the playlist long ago.':
    'Dieses Segment gibt es nicht, oder es ist schon lange nicht mehr in der Playlist.',
  'The segment is gone.': 'Das Segment ist weg.',
  'There can be no file of this name.': 'Eine Datei dieses Namens kann es nicht geben.',
  'No HLS gateway is configured (HLS_GATEWAY_BASE_URL).':
    'Kein HLS-Gateway ist eingestellt (HLS_GATEWAY_BASE_URL).',
  'The gateway answers {status}.': 'Das Gateway antwortet mit {status}.',
  'The gateway took too long to answer.': 'Das Gateway antwortete zu langsam.',
  'The gateway cannot be reached.': 'Das Gateway ist nicht erreichbar.',
  'The gateway redirects without end.': 'Das Gateway leitet endlos um.',
  'The gateway redirects to another host.': 'Das Gateway leitet zu einem anderen Rechner um.',
  "The gateway's playlist leads elsewhere.": 'Die Playlist des Gateways führt woandershin.',
  "The gateway's playlist is too large.": 'Die Playlist des Gateways ist zu groß.',
  'The gateway has no such segment, or not any more.':
    'Das Gateway hat dieses Segment nicht, oder nicht mehr.',
  "The camera's address {refusal}.": 'Die Adresse der Kamera ist nicht erlaubt ({refusal}).',
  'The database does not answer.': 'Die Datenbank antwortet nicht.',
  'The list of cameras has not been read yet.': 'Die Liste der Kameras ist noch nicht gelesen.',
  'The walls have not been read yet.': 'Die Wände sind noch nicht gelesen.',
  'The server is stopping.': 'Der Server hält gerade an.',
  'The camera has not sent a picture yet.': 'Die Kamera hat noch kein Bild gesendet.',
  'No new picture from the camera.': 'Kein neues Bild von der Kamera.',
  'An error in this server; its log knows more under the request id.':
    'Ein Fehler in diesem Server; sein Log weiß unter der Request-ID mehr.',
};

export const deServer: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(said).map(([words, german]) => [`said:${words}`, german]),
);
