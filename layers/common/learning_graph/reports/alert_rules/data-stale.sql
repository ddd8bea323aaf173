-- Hours from the end of LinkedIn's data to the start of the run. LinkedIn delivers whole Pacific days, a day late.
select null as subject, round((lookbackEnd - coveredUntil) / 3600000.0, 1) as value from run_status where place = 0
