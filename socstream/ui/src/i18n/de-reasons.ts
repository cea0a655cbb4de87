/** Why there is no picture: our own reasons, and the server's by their codes. */
export const deReasons: Readonly<Record<string, string>> = {
  'Nothing is pulled from this camera': 'Von dieser Kamera wird nichts abgerufen',
  'It is not running': 'Sie läuft nicht',
  'The first picture is on its way': 'Das erste Bild ist unterwegs',
  'The picture is on its way': 'Das Bild ist unterwegs',
  'No new picture from the camera': 'Kein neues Bild von der Kamera',
  'It is still connected, but sends nothing. We reconnect by ourselves.':
    'Sie ist noch verbunden, sendet aber nichts. Wir verbinden von selbst neu.',
  'For the server this camera is live, but its picture does not reach this screen.':
    'Für den Server ist diese Kamera live, aber ihr Bild erreicht diesen Bildschirm nicht.',
  'The camera is not there': 'Die Kamera ist nicht da',
  'The stream was ended': 'Der Stream wurde beendet',
  'The stream began anew': 'Der Stream begann von vorn',
  'Old pictures: this screen lags behind': 'Alte Bilder: dieser Bildschirm hängt nach',
  'The connection is too slow for pictures of now': 'Die Verbindung ist zu langsam für Bilder von jetzt',
  'The pictures were old': 'Die Bilder waren alt',
  'No new video arrives': 'Es kommt kein neues Video an',
  'The picture stands still': 'Das Bild steht still',
  'The picture stood still': 'Das Bild stand still',
  'No picture came': 'Es kam kein Bild',
  'Only some pictures come: the connection is too slow for all':
    'Es kommen nur einige Bilder: die Verbindung ist zu langsam für alle',
  'Pictures were left out: the connection did not keep up':
    'Bilder wurden ausgelassen: die Verbindung kam nicht nach',
  'WebCodecs only by HTTPS': 'WebCodecs nur über HTTPS',
  'This browser has no WebCodecs': 'Dieser Browser hat kein WebCodecs',
  'This browser cannot show decoded frames': 'Dieser Browser kann dekodierte Bilder nicht zeigen',
  'This browser plays no video that a page gives it':
    'Dieser Browser spielt kein Video ab, das eine Seite ihm gibt',
  'This browser cannot play the video of this camera':
    'Dieser Browser kann das Video dieser Kamera nicht abspielen',
  'The browser could not decode the video': 'Der Browser konnte das Video nicht dekodieren',
  'You are signed out': 'Sie sind abgemeldet',
  'You are signed out. Sign in again in another tab, then try again here: nothing is lost':
    'Sie sind abgemeldet. In einem anderen Tab anmelden und es hier noch einmal versuchen: nichts ist verloren',
  'The server does not let us see this camera': 'Der Server lässt uns diese Kamera nicht sehen',
  'The server has no stream of this camera': 'Der Server hat keinen Stream dieser Kamera',
  'The server takes too long to answer': 'Der Server antwortet zu langsam',
  'The server does not answer': 'Der Server antwortet nicht',
  'The server answered {code}': 'Der Server antwortete mit {code}',

  'code:advice.h265': 'Die Kamera sendet H.265, das die meisten Browser nicht abspielen können.',
  'code:advice.h265.remedy': 'Ihren H.264-Nebenstream nehmen oder den Stream auf H.264 stellen.',
  'code:advice.codec': 'Die Kamera sendet ein Format, das Browser nicht abspielen können.',
  'code:advice.codec.remedy': 'In der Kamera den Stream auf H.264 stellen.',
  'code:advice.keyframe_interval':
    'Schlüsselbilder kommen selten: die Segmente sind so lang, und das Bild kommt spät.',
  'code:advice.keyframe_interval.remedy':
    'In der Kamera einen Schlüsselbildabstand (I-Frame) von 1 s einstellen.',

  'code:refused': 'Die Kamera weist die Verbindung ab',
  'code:refused.remedy': 'Ihr Port ist zu: Startet sie gerade, stimmt der Port, ist RTSP eingeschaltet?',
  'code:unreachable': 'Die Kamera ist nicht erreichbar',
  'code:unreachable.remedy':
    'Kein Weg zu ihrer Adresse: Strom, Kabel, Switch-Port und Netzeinstellungen prüfen.',
  'code:dns': 'Der Name der Kamera lässt sich nicht auflösen',
  'code:dns.remedy': 'Namen in der URL und DNS dieses Servers prüfen, oder die IP-Adresse der Kamera nehmen.',
  'code:connect_timeout': 'Die Kamera antwortet nicht',
  'code:connect_timeout.remedy': 'Unter ihrer Adresse antwortet nichts: Strom, Kabel und Firewall prüfen.',
  'code:timeout': 'Die Kamera nimmt die Verbindung an, spricht aber nicht',
  'code:timeout.remedy': 'Ihr RTSP-Dienst hängt: die Kamera neu starten, wenn das so bleibt.',
  'code:no_media': 'Die Kamera antwortet, sendet aber kein Bild',
  'code:no_media.remedy':
    'Den Stream in den Einstellungen der Kamera prüfen; sie neu starten, wenn das so bleibt.',
  'code:edge.h265': 'Die Kamera sendet H.265: Ihre Bilder kommen mit Verzug.',
  'code:edge.codec': 'Die Kamera sendet kein H.264: Ihre Bilder kommen mit Verzug.',
  'code:edge.times': 'Die Zeitstempel der Kamera haben Lücken: Ihre Bilder kommen mit Verzug.',
  'code:edge.gateway': 'Den Stream dieser Kamera macht ein anderer Server.',
  'code:edge.maintenance': 'Die Kamera ist in Wartung.',
  'code:edge.camera_not_found': 'Diese Kamera gibt es nicht, oder nicht für Sie.',
  'code:unauthorized': 'Die Kamera lehnt das Passwort ab',
  'code:unauthorized.remedy':
    'Benutzer und Passwort prüfen. Wir versuchen es selten, denn Kameras sperren aus, wer es zu oft versucht.',
  'code:forbidden': 'Die Kamera lässt diesen Benutzer den Stream nicht sehen',
  'code:forbidden.remedy': 'Dem Benutzer in der Kamera das Recht auf Livevideo geben.',
  'code:not_found': 'Die Kamera hat keinen solchen Stream',
  'code:not_found.remedy': 'Den Pfad in der URL prüfen; Hersteller und Modelle unterscheiden sich.',
  'code:transport': 'Die Kamera bietet kein RTSP über TCP',
  'code:transport.remedy': 'TCP (interleaved) in den RTSP-Einstellungen der Kamera erlauben.',
  'code:busy': 'Die Kamera hat keinen Platz für einen weiteren Zuschauer',
  'code:busy.remedy': 'Andere Verbindungen zu ihr schließen oder ihre Höchstzahl an Streams erhöhen.',
  'code:protocol': 'Die Kamera antwortet auf eine Weise, die kein RTSP ist',
  'code:protocol.remedy': 'Port und Pfad prüfen: Ist das wirklich die RTSP-Adresse?',
  'code:unsupported_codec': 'Das Videoformat der Kamera lässt sich nicht zeigen',
  'code:unsupported_codec.remedy':
    'In der Kamera den Stream auf H.264 stellen oder ihren H.264-Nebenstream nehmen.',
  'code:source_ended': 'Die Kamera hat den Stream beendet',
  'code:source_ended.remedy': 'Vermutlich startet sie neu; wir verbinden von selbst neu.',
  'code:stalled': 'Kein neues Bild von der Kamera',
  'code:stalled.remedy':
    'Die Verbindung steht, aber es kommt nichts Brauchbares an; wir verbinden von selbst neu.',
  'code:output': 'Der Server kann den Stream nicht herstellen',
  'code:output.remedy':
    'Diesen Server prüfen: Darf er in sein Stream-Verzeichnis schreiben, Programme starten und Dateien öffnen?',
  'code:disk_full': 'Die Platte des Servers ist voll',
  'code:disk_full.remedy': 'Auf diesem Server Platz für das Stream-Verzeichnis schaffen.',
  'code:ffmpeg_missing': 'Auf dem Server fehlt FFmpeg',
  'code:ffmpeg_missing.remedy':
    'FFmpeg 5.0 oder neuer installieren, oder das Extra socstream[ffmpeg]; „socstream doctor“ sagt mehr.',
  'code:misconfigured': 'Die Adresse der Kamera dürfen wir nicht öffnen',
  'code:misconfigured.remedy':
    'Die URL prüfen: Sie führt, auch durch Umleitung, zu einer Adresse, die dieser Server ablehnt.',
  'code:crashed': 'FFmpeg endete unerwartet',
  'code:crashed.remedy': 'Wir starten es von selbst neu; seine letzten Zeilen stehen im Zustand des Streams.',
  'code:unexpected': 'Ein Fehler in diesem Server hat den Stream beendet',
  'code:unexpected.remedy': 'Wir starten von selbst neu; bitte den Traceback im Log des Servers melden.',
};
