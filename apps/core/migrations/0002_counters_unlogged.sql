-- A request counter is worth no WAL: a crash of the server only starts its window anew.
ALTER TABLE core_counterwindow SET UNLOGGED;

-- reverse
ALTER TABLE core_counterwindow SET LOGGED;
