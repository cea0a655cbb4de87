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
