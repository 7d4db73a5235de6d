"""Which change of the agreement would the data support?"""
