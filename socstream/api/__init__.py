"""WHO ASKS: every URL, what it takes and what it gives.

`routes` is the table of all of them and the door for app.py (`make_application`); `handlers_*` answer;
`schema` describes the JSON, `structure` and `bodies` read it; `views` and `listing` show cameras;
`playlists` decides what a playlist request gets; `errors` and `cors` stand around all of it.
"""
