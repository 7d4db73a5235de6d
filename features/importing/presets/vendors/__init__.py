"""Which exports of systems without a connector are known? One file a vendor."""
