"""Who works where and since when: looked after by the service, and by the schools themselves."""
