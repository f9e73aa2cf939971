"""The hotline: the service and front door for citizens, seat lawyers, editors and supervisors."""
